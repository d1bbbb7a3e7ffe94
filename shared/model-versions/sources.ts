/** What the source of a new model version refers to. */
import { inScope } from "../mlflow/scope.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { isPromptNamed } from "../registered-models/prompts.ts";

export async function findRunRoot(db: Db, runId: string): Promise<string | undefined> {
  return db.text(sql`SELECT artifact_uri FROM runs WHERE run_uuid = ${runId}`);
}

export interface SourceModel {
  artifact_location: string;
  source_run_id: string | null;
}

/** An active logged model. */
export async function findLoggedModel(db: Db, modelId: string): Promise<SourceModel | undefined> {
  const [model] = await db.query<SourceModel>(sql`
    SELECT artifact_location, source_run_id FROM logged_models WHERE model_id = ${modelId} AND lifecycle_stage = 'active'`);
  return model;
}

export interface SourceVersion {
  version: string;
  run_id: string | null;
  location: string;
  is_prompt: boolean;
}

/** What `models:/name/...` can name besides a version: nothing (the latest), a stage or an alias. */
export type VersionSelector = { version: string } | { stage: string } | { alias: string } | "latest";

/** The model version that a `models:/` URI stands for. */
export async function findVersion(db: Db, name: string, selector: VersionSelector): Promise<SourceVersion | undefined> {
  const [found] = await db.query<SourceVersion>(sql`
    SELECT version::text AS version, run_id, coalesce(nullif(storage_location, ''), source) AS location,
      ${isPromptNamed(sql`mv`)} AS is_prompt
    FROM model_versions mv
    WHERE ${inScope(db)} AND name = ${name} AND current_stage <> 'Deleted_Internal' AND ${condition(selector)}
    ORDER BY mv.version DESC LIMIT 1`);
  return found;
}

function condition(selector: VersionSelector) {
  if (selector === "latest") return sql`true`;
  if ("version" in selector) return sql`version = ${selector.version}::bigint`;
  if ("stage" in selector) return sql`lower(current_stage) = lower(${selector.stage})`;
  return sql`version = (SELECT a.version FROM registered_model_aliases a
    WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.alias = ${selector.alias})`;
}

export async function hasModel(db: Db, name: string): Promise<boolean> {
  const found = await db.query(sql`SELECT FROM registered_models WHERE ${inScope(db)} AND name = ${name}`);
  return found.length > 0;
}

const versionsTag = "mlflow.modelVersions";

/**
 * Notes on a logged model that a registered version was made of it, as JSON in a tag
 * (mlflow/store/tracking/abstract_store.py).
 */
export async function noteVersion(db: Db, modelId: string, name: string, version: string): Promise<void> {
  const note = `{"name": ${JSON.stringify(name)}, "version": ${version}}`;
  await db.query(sql`
    INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value)
    SELECT model_id, experiment_id, ${versionsTag}, '[' || ${note}::text || ']' FROM logged_models WHERE model_id = ${modelId}
    ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = left(logged_model_tags.tag_value, -1) || ', ' || ${note}::text || ']'`);
}
