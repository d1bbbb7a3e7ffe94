import type { ClientBase } from "pg";
import { type Pool, withClient } from "../locked.ts";

const everyMilliseconds = 1000;

// Reading the table is about half of it, writing the index the other.
const query = `
  SELECT (CASE WHEN tuples_total > 0 THEN 0.5 + 0.5 * tuples_done / tuples_total
    WHEN blocks_total > 0 THEN 0.5 * blocks_done / blocks_total ELSE 0 END)::float8 AS share
  FROM pg_stat_progress_create_index WHERE pid = $1`;

/**
 * Tells how far the index is that `client` makes, by another connection of the pool. Answers how to stop, after which
 * nothing is told.
 */
export async function watchIndex(client: ClientBase, pool: Pool, told: (share: number) => void): Promise<() => void> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const stopping = new AbortController();
  // What can't be watched is made all the same.
  void withClient(pool, (other) => watch(other, rows[0]!.pid, told, stopping.signal)).catch(() => {});
  return () => stopping.abort();
}

async function watch(
  client: ClientBase,
  pid: number,
  told: (share: number) => void,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    const { rows } = await client.query<{ share: number }>(query, [pid]);
    if (rows[0] && !stopping.aborted) told(rows[0].share);
    await pause(stopping);
  }
}

const pause = (stopping: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, everyMilliseconds);
    stopping.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      stopping.removeEventListener("abort", done);
      resolve();
    }
    if (stopping.aborted) done();
  });
