/**
 * The audit log in Table Storage: a row for each event. In a month's table the events are in the order of time: a
 * partition is a day (UTC), and a row's key begins with its time.
 */
import { randomBytes } from "node:crypto";
import type { TableEntity } from "@azure/data-tables";
import { MonthlyTables } from "../azure/monthly-tables.ts";
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

const months = new MonthlyTables("audit");

/** The table of an event's month, without the prefix. */
export const auditTable = (time: Date): string => months.of(time);

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
  const filter = filterOf(query);
  for (const name of await months.all(tables, since))
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

/**
 * Drops the months whose last day is older than the retention.
 * @returns how many
 */
export const dropAuditBefore = (tables: Tables, before: Date): Promise<number> => months.dropBefore(tables, before);
