/**
 * The grant log: a row for each SAS that was handed out, and never the SAS itself. A table a month, so that an old
 * month is dropped in one step. In it the grants of a run or model are next to each other, in the order of time.
 */
import { randomBytes } from "node:crypto";
import { isMissing } from "../platform/azure/storage-errors.ts";
import { encodeKey } from "../platform/azure/table-keys.ts";
import { insertRow, type Tables } from "../platform/azure/tables.ts";
import type { Context } from "../platform/http/route.ts";

/** What a SAS grants. */
export interface Grant {
  run?: string;
  model?: string;
  account: string;
  container: string;
  blob: string;
  permission: "read" | "write";
  from: Date;
  until: Date;
}

/** A grant as the log has it. */
export interface LoggedGrant extends Grant {
  time: Date;
  who: string;
  address?: string;
  request: string;
}

const tableName = (month: Date) => `grants${month.toISOString().slice(0, 7).replace("-", "")}`;
/** For blobs that belong to no run and no model. */
const nobody = "-";

/**
 * Writes a grant to its table, or to the app's log where the tables cannot be reached.
 * @returns when that is done, since the process may end with the answer
 */
export async function recordGrant({ tables, caller }: Pick<Context, "tables" | "caller">, grant: Grant): Promise<void> {
  const time = new Date();
  const row: LoggedGrant = { time, who: caller.who, address: caller.address, request: caller.requestId, ...grant };
  const key = {
    partitionKey: encodeKey(grant.run ?? grant.model ?? nobody),
    rowKey: `${time.toISOString().replaceAll(":", "")}-${randomBytes(6).toString("hex")}`,
  };
  const done = await tables.attempt(async ({ table }, signal) => {
    await insertRow(table(tableName(time)), { ...key, ...row }, signal);
    return true;
  }, caller.warn);
  if (!done) caller.warn(`Grant not recorded: ${JSON.stringify(row)}`);
}

/** Whose grants to list, and from which time on. */
export interface GrantQuery {
  /** A run's or a logged model's id. */
  of?: string;
  since?: Date;
}

/** Grants, oldest first; those of all runs and models come in this order within each month. */
export async function* grantsOf(tables: Tables, { of, since }: GrantQuery): AsyncGenerator<LoggedGrant> {
  const names = (await grantTables(tables)).filter((name) => !since || name >= tableName(since));
  const partition = of === undefined ? [] : [`PartitionKey eq '${encodeKey(of)}'`];
  const filter = [...partition, ...(since ? [`time ge datetime'${since.toISOString()}'`] : [])].join(" and ");
  for (const name of names) {
    const rows = tables.table(name).listEntities<LoggedGrant>({ queryOptions: { filter } });
    if (of !== undefined) yield* rows;
    else yield* await sorted(rows);
  }
}

async function sorted(rows: AsyncIterable<LoggedGrant>): Promise<LoggedGrant[]> {
  const found: LoggedGrant[] = [];
  for await (const row of rows) found.push(row);
  return found.sort((one, other) => one.time.getTime() - other.time.getTime());
}

/** The log's tables without their prefix, the oldest first. */
async function grantTables({ service, prefix }: Tables): Promise<string[]> {
  const [from, to] = [`${prefix}grants`, `${prefix}grants999999`];
  const found: string[] = [];
  const filter = `TableName ge '${from}' and TableName le '${to}'`;
  for await (const { name } of service.listTables({ queryOptions: { filter } }))
    if (name && /^grants\d{6}$/.test(name.slice(prefix.length))) found.push(name.slice(prefix.length));
  return found.sort();
}

/**
 * Drops the months whose last day is older than the retention.
 * @returns how many
 */
export async function dropGrantsBefore(tables: Tables, before: Date): Promise<number> {
  const old = (await grantTables(tables)).filter((name) => name < tableName(before));
  await Promise.all(old.map((name) => tables.service.deleteTable(tables.prefix + name)));
  return old.length;
}

/** Whether the tables answer. */
export async function tryTables({ table }: Tables, abortSignal: AbortSignal): Promise<void> {
  try {
    await table(tableName(new Date())).getEntity(nobody, nobody, { abortSignal });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
