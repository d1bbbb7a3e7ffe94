/** One import at a time into a database. */
import { unlimited } from "../../shared/mlflow/schema/locked.ts";
import type { Config } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";

/** Any number that no other lock of this app or of MLflow has. */
const lock = 5_807_160_318;

/**
 * Waits for another import into the same database, and keeps others waiting. A transaction that does nothing else has
 * the lock, which is safe behind PgBouncer, on a connection beside those of the work.
 * @param progress is told of what it waits for
 */
export async function oneAtATime<T>(
  config: Config,
  progress: (step: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const db = new Database(config.MLFLOW_BACKEND_STORE_URI!, config);
  const client = await db.connect();
  // Of a connection that is lost meanwhile; the work will meet the same.
  client.on("error", () => {});
  try {
    await client.query("BEGIN");
    await client.query(unlimited.map((setting) => `SET LOCAL ${setting}`).join("; "));
    const { rows } = await client.query<{ had: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS had", [lock]);
    if (!rows[0]!.had) {
      progress("Another import into this database is under way: waiting for it");
      await client.query("SELECT pg_advisory_xact_lock($1)", [lock]);
    }
    return await work();
  } finally {
    await client.query("ROLLBACK").catch(() => {});
    client.release(true);
    await db.end();
  }
}
