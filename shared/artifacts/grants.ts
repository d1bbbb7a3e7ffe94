/**
 * The grant log: a row for each SAS that was handed out, and never the SAS itself. A table a month, so that an old
 * month is dropped in one step. In it the grants of a run or model are next to each other, in the order of time.
 */
import { randomBytes } from "node:crypto";
import { MonthlyTables } from "../platform/azure/monthly-tables.ts";
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

const months = new MonthlyTables("grants");
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
    await insertRow(table(months.of(time)), { ...key, ...row }, signal);
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
  const names = await months.all(tables, since);
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

/**
 * Drops the months whose last day is older than the retention.
 * @returns how many
 */
export const dropGrantsBefore = (tables: Tables, before: Date): Promise<number> => months.dropBefore(tables, before);

/** Whether the tables answer. */
export async function tryTables({ table }: Tables, abortSignal: AbortSignal): Promise<void> {
  try {
    await table(months.of(new Date())).getEntity(nobody, nobody, { abortSignal });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
