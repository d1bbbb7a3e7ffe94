/** Where runs and logged models keep their artifacts. */

import { loggedModelErrors } from "../logged-models/errors.ts";
import { inScope } from "../mlflow/scope.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { runErrors } from "../runs/errors.ts";
import type { StoredLocation } from "./artifact.ts";

/**
 * Where the artifacts of a run lie, deleted ones included.
 * @throws RESOURCE_DOES_NOT_EXIST
 */
export async function runLocation(db: Db, runId: string): Promise<StoredLocation> {
  const uri = await db.text(sql`
    SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
    WHERE r.run_uuid = ${runId} AND ${inScope(db, "e")}`);
  if (uri === undefined) throw runErrors.notFound(runId);
  return { uri, run: runId };
}

/**
 * Where the artifacts of a logged model lie.
 * @throws RESOURCE_DOES_NOT_EXIST for a deleted one too
 */
export async function loggedModelLocation(db: Db, modelId: string): Promise<StoredLocation> {
  const uri = await db.text(sql`
    SELECT m.artifact_location FROM logged_models m JOIN experiments e USING (experiment_id)
    WHERE m.model_id = ${modelId} AND m.lifecycle_stage <> 'deleted' AND ${inScope(db, "e")}`);
  if (uri === undefined) throw loggedModelErrors.notFound(modelId);
  return { uri, model: modelId };
}

/** The artifact root URIs of the runs and logged models that have one of these ids, deleted ones included. */
export async function rootsOf(db: Db, ids: string[]): Promise<string[]> {
  const rows = await db.query<{ uri: string }>(sql`
    SELECT artifact_uri AS uri FROM runs WHERE run_uuid = ANY(${ids}) AND artifact_uri IS NOT NULL
    UNION ALL SELECT artifact_location FROM logged_models WHERE model_id = ANY(${ids})`);
  return rows.map(({ uri }) => uri);
}
