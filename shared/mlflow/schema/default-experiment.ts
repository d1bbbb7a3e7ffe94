import type { ClientBase } from "pg";
import { sql } from "../../platform/db/sql.ts";
import { MlflowError } from "../../platform/errors.ts";
import { appendToUri, nowMillis } from "../json-sql.ts";

/**
 * Makes experiment 0, `Default`, unless another process does at the same time. The sequence of ids is left alone
 * (_create_default_experiment of mlflow/store/tracking/sqlalchemy_store.py).
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where another experiment has the name; stock does not start then
 */
export async function createDefaultExperiment(client: ClientBase, artifactRoot: string): Promise<void> {
  const { rowCount } = await client.query(sql`
    INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
    SELECT 0, 'Default', ${appendToUri(sql`${artifactRoot}::text`, sql`'0'`)}, 'active', now, now, 'default'
    FROM (SELECT ${nowMillis} AS now) clock
    ON CONFLICT DO NOTHING`);
  if (rowCount === 1) return;
  const { rows } = await client.query<{ id: string }>(
    "SELECT experiment_id::text AS id FROM experiments WHERE name = 'Default' AND experiment_id <> 0 AND workspace = 'default'",
  );
  if (rows.length === 0) return;
  throw new MlflowError(
    "TEMPORARILY_UNAVAILABLE",
    `Experiment 0 is missing and can't be made, because experiment ${rows[0]!.id} has its name. Run \`UPDATE experiments SET name = 'Default (${rows[0]!.id})' WHERE experiment_id = ${rows[0]!.id}\` on the database.`,
  );
}
