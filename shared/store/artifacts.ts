/** Where runs and logged models keep their artifacts. */
import type { Db } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { missing } from "../http/errors.ts";
import { shown } from "../http/shown.ts";

/**
 * The artifact root URI of a run, deleted ones included.
 * @throws RESOURCE_DOES_NOT_EXIST
 */
export async function runArtifactUri(db: Db, runId: string): Promise<string> {
  const uri = await db.text(sql`
    SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
    WHERE r.run_uuid = ${runId} AND e.workspace = 'default'`);
  if (uri === undefined) throw missing(`Run with id=${shown(runId)} not found`);
  return uri;
}

/**
 * The artifact root URI of a logged model.
 * @throws RESOURCE_DOES_NOT_EXIST for a deleted one too
 */
export async function loggedModelArtifactUri(db: Db, modelId: string): Promise<string> {
  const uri = await db.text(sql`
    SELECT m.artifact_location FROM logged_models m JOIN experiments e USING (experiment_id)
    WHERE m.model_id = ${modelId} AND m.lifecycle_stage <> 'deleted' AND e.workspace = 'default'`);
  if (uri === undefined) throw missing(`Logged model with ID '${shown(modelId)}' not found.`);
  return uri;
}
