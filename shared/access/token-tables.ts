import { requireAuthTables } from "../mlflow/schema/auth-tables.ts";
import { type OwnTables, ownTables } from "../mlflow/schema/own-tables.ts";
import { ensureReady } from "../mlflow/schema/ready.ts";
import { unavailable } from "../mlflow/schema/revisions.ts";
import type { AppContext } from "../platform/context.ts";
import { sql } from "../platform/db/sql.ts";

/**
 * Our tables, with that of API tokens among them, and stock's tables of users.
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where one is missing, with what to do
 */
export async function tokenTables(app: AppContext): Promise<OwnTables> {
  await ensureReady(app);
  const { reading } = app.database();
  await requireAuthTables(reading);
  const client = await app.database().connect();
  const own = await ownTables(client, app.config.MLFLOW_FUNCTIONS_SCHEMA).finally(() => client.release());
  const [found] = await reading.query<{ isThere: boolean }>(
    sql`SELECT to_regclass(${own.tokens}) IS NOT NULL AS "isThere"`,
  );
  if (!found!.isThere) throw unavailable("The database has no table of API tokens yet. Run `npm run migrate` on it.");
  return own;
}
