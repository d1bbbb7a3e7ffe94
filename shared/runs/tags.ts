/** Single changes to a run's tags. */
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { runErrors } from "./errors.ts";

export async function deleteTag(db: Db, runId: string, key: string): Promise<void> {
  const [row] = await db.query<{ stage: string; deleted: boolean }>(sql`
    WITH run AS (
      SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), deleted AS (
      DELETE FROM tags t USING run WHERE t.run_uuid = run.run_uuid AND t.key = ${key} AND run.stage = 'active'
      RETURNING t.key
    )
    SELECT stage, EXISTS (SELECT FROM deleted) AS deleted FROM run`);
  if (!row) throw runErrors.notFound(runId);
  if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
  if (!row.deleted) throw missing(`No tag with name: ${shown(key)} in run with id ${shown(runId)}`);
}

const historyTag = "mlflow.log-model.history";

/** Adds a model to the JSON array that the run keeps of the models logged to it. `model` is JSON text. */
export async function recordLoggedModel(db: Db, runId: string, model: string): Promise<void> {
  const [row] = await db.query<{ stage: string }>(sql`
    WITH run AS (
      SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), recorded AS (
      INSERT INTO tags (key, value, run_uuid)
      SELECT ${historyTag}, '[' || ${model}::text || ']', run_uuid FROM run WHERE stage = 'active'
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = left(tags.value, -1) || ', ' || ${model}::text || ']'
    )
    SELECT stage FROM run`);
  if (!row) throw runErrors.notFound(runId);
  if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
}
