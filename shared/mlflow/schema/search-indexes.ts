/** Optional indexes, by which searches of large experiments find runs and traces (shared/mlflow/search/page.ts). */
import type { ClientBase } from "pg";
import { MlflowError } from "../../platform/errors.ts";

/** An index that was made or was there. */
export interface SearchIndex {
  name: string;
  table: string;
  bytes: number;
  /** How long it took, where it was made now. */
  milliseconds?: number;
}

/**
 * Their conditions are what keeps other statements from using them, which PostgreSQL would plan worse with them than
 * without. An entry of an index can't be longer than 2,700 bytes; longer values are few, and only an order has to know
 * whether there are any.
 */
const indexes = [
  ["latest_metrics", "mlfn_latest_metrics_value", "(key, value, run_uuid) WHERE NOT is_nan AND length(key) <= 250"],
  ["params", "mlfn_params_value", "(key, value, run_uuid) WHERE length(value) <= 250"],
  ["params", "mlfn_params_long", "(key) WHERE length(value) > 250"],
  ["tags", "mlfn_tags_value", "(key, value, run_uuid) WHERE length(value) <= 250"],
  ["tags", "mlfn_tags_long", "(key) WHERE length(value) > 250"],
  // In the order of the page: of any status, name and request of a client the newest come first.
  ["trace_info", "mlfn_trace_info_status", "(experiment_id, status, timestamp_ms)"],
  ["trace_info", "mlfn_trace_info_name", "(experiment_id, trace_name, timestamp_ms) WHERE length(trace_name) <= 250"],
  [
    "trace_info",
    "mlfn_trace_info_client_request",
    "(experiment_id, client_request_id, timestamp_ms) WHERE client_request_id IS NOT NULL",
  ],
  [
    "trace_info",
    "mlfn_trace_info_execution_time",
    "(experiment_id, execution_time_ms) WHERE execution_time_ms IS NOT NULL",
  ],
  ["trace_request_metadata", "mlfn_trace_request_metadata_value", "(key, left(value, 32))"],
] as const;

// "mlfi" as a number. Of the session, since no transaction can be open while these indexes are made.
const lockKey = 0x6d6c6669;

/**
 * Makes those that are missing while the tables are in use. One that a stopped call left half made is made anew.
 * @param client has no other use from then on: its time limits are taken off
 * @param making is told before each
 * @throws MlflowError RESOURCE_CONFLICT while another process is at it
 */
export async function makeSearchIndexes(
  client: ClientBase,
  making: (name: string, table: string) => void,
): Promise<SearchIndex[]> {
  return alone(client, async () => {
    const made: SearchIndex[] = [];
    for (const [table, name, definition] of indexes) {
      if (await isWhole(client, name)) {
        made.push({ name, table, bytes: await bytesOf(client, name) });
        continue;
      }
      making(name, table);
      const began = performance.now();
      await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${table} ${definition}`);
      made.push({ name, table, bytes: await bytesOf(client, name), milliseconds: performance.now() - began });
    }
    return made;
  });
}

/**
 * Drops them while the tables are in use.
 * @returns the names of those that were there
 * @throws MlflowError as `makeSearchIndexes`
 */
export async function dropSearchIndexes(client: ClientBase): Promise<string[]> {
  return alone(client, async () => {
    const dropped: string[] = [];
    for (const [, name] of indexes) {
      if (!(await isThere(client, name))) continue;
      await client.query(`DROP INDEX CONCURRENTLY ${name}`);
      dropped.push(name);
    }
    return dropped;
  });
}

async function alone<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  for (const limit of ["statement_timeout", "lock_timeout"]) await client.query(`SET ${limit} = 0`);
  const { rows } = await client.query<{ had: boolean }>(`SELECT pg_try_advisory_lock(${lockKey}) AS had`);
  if (!rows[0]!.had)
    throw new MlflowError(
      "RESOURCE_CONFLICT",
      "Another process makes or drops these indexes: wait until it has ended.",
    );
  try {
    return await work();
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${lockKey})`).catch(() => {});
  }
}

const isThere = async (client: ClientBase, name: string) =>
  (await client.query("SELECT WHERE to_regclass($1) IS NOT NULL", [name])).rowCount === 1;

const isWhole = async (client: ClientBase, name: string) =>
  (await client.query("SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND indisvalid", [name])).rowCount === 1;

const bytesOf = async (client: ClientBase, name: string) =>
  Number(
    (await client.query<{ bytes: string }>("SELECT pg_relation_size($1::regclass) AS bytes", [name])).rows[0]!.bytes,
  );
