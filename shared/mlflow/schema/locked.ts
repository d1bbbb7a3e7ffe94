/** One transaction at a time over all processes, for what changes the schema. */
import type { ClientBase, PoolClient } from "pg";
import { connectionError, isBroken } from "../../platform/db/errors.ts";

/** A pool of `pg`, or anything that lends connections in the same way. */
export interface Pool {
  connect(): Promise<PoolClient>;
}

/** Settings of a transaction for what may take longer than requests may, such as an index of a large table. */
export const unlimited = ["statement_timeout = 0", "lock_timeout = 0", "idle_in_transaction_session_timeout = 0"];

// "mlfn" as a number. The lock lasts as long as its transaction, so it is safe behind PgBouncer.
const lockKey = 0x6d6c666e;

/**
 * One transaction, one at a time over all processes. Statements after the lock have to see what the last holder did.
 * @param settings are set before the lock is asked for
 * @param waiting is told where another process has the lock
 */
export async function locked<T>(
  client: ClientBase,
  work: () => Promise<T>,
  { settings = [], waiting }: { settings?: string[]; waiting?: () => void } = {},
): Promise<T> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    for (const setting of settings) await client.query(`SET LOCAL ${setting}`);
    await lock(client, waiting);
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function lock(client: ClientBase, waiting = () => {}): Promise<void> {
  const { rows } = await client.query<{ had: boolean }>(`SELECT pg_try_advisory_xact_lock(${lockKey}) AS had`);
  if (rows[0]!.had) return;
  waiting();
  await client.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
}

/** @param milliseconds after which the connection is closed, whatever runs on it */
export async function withClient<T>(
  pool: Pool,
  work: (client: ClientBase) => Promise<T>,
  milliseconds?: number,
): Promise<T> {
  const client = await connect(pool);
  let released = false;
  const release = (broken: boolean) => {
    if (!released) client.release(broken);
    released = true;
  };
  const timer = milliseconds && setTimeout(() => release(true), milliseconds);
  let broken = false;
  try {
    return await work(client);
  } catch (cause) {
    broken = isBroken(cause);
    throw connectionError(cause, "rolled back");
  } finally {
    clearTimeout(timer);
    release(broken);
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw connectionError(cause, "not started");
  }
}
