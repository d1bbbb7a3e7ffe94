/**
 * The audit log in Table Storage: a row for each event. A table a month, so that an old month is dropped in one step.
 * In it the events are in the order of time: a partition is a day (UTC), and a row's key begins with its time.
 */
import { randomBytes } from "node:crypto";
import type { TableEntity } from "@azure/data-tables";
import type { Tables } from "../azure/tables.ts";

/** Something that the audit log keeps. It holds no secret. */
export interface AuditEvent {
  time: Date;
  /** `<noun>.<verb>`: `run.deleted`, `sign-in.refused`. */
  what: string;
  /** Who did it, as `Caller.who`; of a refused sign-in the name that was tried, or `-`. */
  who: string;
  /** The id or name of what it was done to. */
  of: string;
  /** Where the request came from, as `addressOf`; `-` where that is no address. */
  address: string;
  /** The id of the invocation, as in the log. */
  request: string;
  /** More that tells what was done: the JSON of a small object. */
  detail: string;
  /** How often it happened, for what is counted by the minute; `time`, `request` and `detail` are the first one's. */
  count: number;
}

/** The table of an event's month, without the prefix. */
export const auditTable = (time: Date): string => `audit${time.toISOString().slice(0, 7).replace("-", "")}`;

const dayOf = (time: Date) => time.toISOString().slice(0, 10);

/** An event as its table has it. Each call makes another key. */
export const auditRow = (event: AuditEvent): TableEntity => ({
  partitionKey: dayOf(event.time),
  rowKey: `${event.time.toISOString().replaceAll(":", "")}-${randomBytes(6).toString("hex")}`,
  ...event,
});

/** Which events to list. */
export interface AuditQuery {
  /** From this time on. */
  since?: Date | undefined;
  who?: string | undefined;
  /** `run.deleted`, or `run` for everything that was done to runs. */
  what?: string | undefined;
}

/**
 * Events, oldest first.
 * @throws whatever the tables answer
 */
export async function* auditOf(tables: Tables, query: AuditQuery = {}): AsyncGenerator<AuditEvent> {
  const { since } = query;
  const names = (await auditTables(tables)).filter((name) => !since || name >= auditTable(since));
  const filter = filterOf(query);
  for (const name of names)
    for await (const row of tables.table(name).listEntities<AuditEvent>({ queryOptions: { filter } })) {
      const { time, what, who, of, address, request, detail, count } = row;
      yield { time, what, who, of, address, request, detail, count };
    }
}

function filterOf({ since, who, what }: AuditQuery): string {
  return [
    ...(since ? [`PartitionKey ge '${dayOf(since)}'`, `time ge datetime'${since.toISOString()}'`] : []),
    ...(who === undefined ? [] : [`who eq ${quoted(who)}`]),
    ...(what === undefined ? [] : [what.includes(".") ? `what eq ${quoted(what)}` : ofNoun(what)]),
  ].join(" and ");
}

/** A slash is what follows a dot in ASCII. */
const ofNoun = (noun: string) => `what ge ${quoted(`${noun}.`)} and what lt ${quoted(`${noun}/`)}`;

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The log's tables without their prefix, the oldest first. */
async function auditTables({ service, prefix }: Tables): Promise<string[]> {
  const [from, to] = [`${prefix}audit`, `${prefix}audit999999`];
  const found: string[] = [];
  const filter = `TableName ge '${from}' and TableName le '${to}'`;
  for await (const { name } of service.listTables({ queryOptions: { filter } }))
    if (name && /^audit\d{6}$/.test(name.slice(prefix.length))) found.push(name.slice(prefix.length));
  return found.sort();
}

/**
 * Drops the months whose last day is older than the retention.
 * @returns how many
 */
export async function dropAuditBefore(tables: Tables, before: Date): Promise<number> {
  const old = (await auditTables(tables)).filter((name) => name < auditTable(before));
  await Promise.all(old.map((name) => tables.service.deleteTable(tables.prefix + name)));
  return old.length;
}
