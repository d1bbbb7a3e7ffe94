/** Logged models with their tags and params (mlflow/store/tracking/sqlalchemy_store.py). */

import { unlessDenied } from "../access/readable.ts";
import { experimentErrors } from "../experiments/errors.ts";
import { parseExperimentId } from "../experiments/rules.ts";
import { appendToUri, jsonText, keyValuesText, lastByKey, nowMillis, objectText } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import type { Db } from "../platform/db/database.ts";
import { join, raw, type Sql, sql } from "../platform/db/sql.ts";
import { loggedModelErrors } from "./errors.ts";

/** The protocol's names of the states, each with the number that the database keeps. */
export const modelStatuses = {
  LOGGED_MODEL_STATUS_UNSPECIFIED: 0,
  LOGGED_MODEL_PENDING: 1,
  LOGGED_MODEL_READY: 2,
  LOGGED_MODEL_UPLOAD_FAILED: 3,
} as const;
export type ModelStatus = keyof typeof modelStatuses;

const statusName = sql`CASE lm.status ${join(
  Object.entries(modelStatuses).map(([name, number]) => raw(`WHEN ${number} THEN '${name}'`)),
  " ",
)} END`;

const infoJson = (db: Db) => sql`json_build_object(
  'model_id', lm.model_id, 'experiment_id', lm.experiment_id::text, 'name', lm.name,
  'creation_timestamp_ms', lm.creation_timestamp_ms, 'last_updated_timestamp_ms', lm.last_updated_timestamp_ms,
  'artifact_uri', lm.artifact_location, 'status', ${statusName}, 'model_type', lm.model_type,
  'source_run_id', ${unlessDenied(db, "run", sql`lm.source_run_id`)}, 'status_message', lm.status_message)`;

const tags = sql`(SELECT ${keyValuesText(sql`t`)} FROM (
  SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = lm.model_id) t)`;

const params = sql`(SELECT ${keyValuesText(sql`p`)} FROM (
  SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = lm.model_id) p)`;

const optional = (name: string, column: Sql) =>
  sql`coalesce(${raw(`',"${name}":'`)} || to_json(nullif(${column}, '')), '')`;

/** Every point, not only the latest. */
const metrics = (
  db: Db,
) => sql`(SELECT '[' || string_agg('{"key":' || to_json(m.metric_name) || coalesce(',"value":' || m.metric_value, '') ||
    ',"timestamp":' || m.metric_timestamp_ms || ',"step":' || m.metric_step || ',"model_id":' || to_json(m.model_id) ||
    ${optional("dataset_name", sql`m.dataset_name`)} || ${optional("dataset_digest", sql`m.dataset_digest`)} ||
    ${db.scope.access.isDenied("run") ? sql`''` : sql`',"run_id":' || to_json(m.run_id)`} || '}', ',') || ']'
  FROM logged_model_metrics m WHERE m.model_id = lm.model_id)`;

const modelTextOf = (db: Db, its: { tags: Sql; params: Sql; metrics: Sql }): Sql =>
  objectText({
    info: sql`left(${jsonText(infoJson(db))}, -1) || coalesce(',"tags":' || ${its.tags}, '') || '}'`,
    data: objectText({ params: its.params, metrics: its.metrics }),
  });

/** The JSON text of the logged model `lm` with all it has. */
export const modelText = (db: Db): Sql => modelTextOf(db, { tags, params, metrics: metrics(db) });

/** `{"model": ...}`. */
export async function getLoggedModel(db: Db, modelId: string, allowDeleted: boolean): Promise<string> {
  const found = await db.text(sql`
    SELECT ${objectText({ model: modelText(db) })} FROM logged_models lm
    WHERE lm.model_id = ${modelId} AND (${allowDeleted} OR lm.lifecycle_stage <> 'deleted')`);
  if (found === undefined) throw loggedModelErrors.notFound(modelId);
  return found;
}

export interface NewLoggedModel {
  modelId: string;
  experimentId: string;
  name: string;
  modelType: string;
  sourceRunId: string;
  params: KeyValue[];
  tags: KeyValue[];
}

/** Creates a pending model in an active experiment and answers `{"model": ...}`. */
export async function createLoggedModel(db: Db, model: NewLoggedModel): Promise<string> {
  const experimentId = parseExperimentId(model.experimentId);
  const pairsOf = (relation: string) => sql`(SELECT ${keyValuesText(sql`t`)} FROM ${raw(relation)} t)`;
  const [row] = await db.query<{ stage: string; model: string }>(sql`
    WITH experiment AS (
      SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
      WHERE experiment_id = ${experimentId}::bigint AND ${inScope(db)}
    ), created AS (
      INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
        last_updated_timestamp_ms, status, lifecycle_stage, model_type, source_run_id)
      SELECT ${model.modelId}, experiment_id, ${model.name},
        ${appendToUri(sql`artifact_location`, sql`${`models/${model.modelId}/artifacts`}::text`)}, now, now,
        ${modelStatuses.LOGGED_MODEL_PENDING}::int, 'active', ${model.modelType}, ${model.sourceRunId}
      FROM experiment, (SELECT ${nowMillis} AS now) clock WHERE stage = 'active'
      RETURNING *
    ), param AS (
      INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value)
      SELECT model_id, experiment_id, p.key, p.value
      FROM created, json_to_recordset(${JSON.stringify(model.params)}::json) AS p(key text, value text)
      RETURNING param_key AS key, param_value AS value
    ), tag AS (
      INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value)
      SELECT model_id, experiment_id, t.key, t.value
      FROM created, json_to_recordset(${JSON.stringify(model.tags)}::json) AS t(key text, value text)
      RETURNING tag_key AS key, tag_value AS value
    )
    SELECT stage, (SELECT ${objectText({
      model: modelTextOf(db, { tags: pairsOf("tag"), params: pairsOf("param"), metrics: sql`NULL` }),
    })} FROM created lm) AS model
    FROM experiment`);
  if (!row) throw experimentErrors.notFound(experimentId);
  if (row.stage !== "active") throw experimentErrors.notActive(experimentId, row.stage);
  return row.model;
}

/** Sets the status, of a deleted model too, and answers `{"model": ...}`. */
export async function finalizeLoggedModel(db: Db, modelId: string, status: ModelStatus): Promise<string> {
  const found = await db.text(sql`
    WITH finalized AS (
      UPDATE logged_models SET status = ${modelStatuses[status]}, last_updated_timestamp_ms = ${nowMillis}
      WHERE model_id = ${modelId} RETURNING *
    )
    SELECT ${objectText({ model: modelText(db) })} FROM finalized lm`);
  if (found === undefined) throw loggedModelErrors.notFound(modelId);
  return found;
}

/** Marks a model as deleted, whatever its stage was. */
export async function deleteLoggedModel(db: Db, modelId: string): Promise<void> {
  const deleted = await db.query(sql`
    UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp_ms = ${nowMillis}
    WHERE model_id = ${modelId} RETURNING model_id`);
  if (deleted.length === 0) throw loggedModelErrors.notFound(modelId);
}

/** Sets tags, of a deleted model too. Of a key given twice the last value counts. */
export async function setLoggedModelTags(db: Db, modelId: string, pairs: readonly KeyValue[]): Promise<void> {
  const found = await db.query(sql`
    WITH model AS (
      SELECT model_id, experiment_id FROM logged_models WHERE model_id = ${modelId}
    ), tagged AS (
      INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value)
      SELECT model_id, experiment_id, t.key, t.value
      FROM model, json_to_recordset(${JSON.stringify(lastByKey(pairs))}::json) AS t(key text, value text) ORDER BY t.key
      ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value
    )
    SELECT model_id FROM model`);
  if (found.length === 0) throw loggedModelErrors.notFound(modelId);
}

export async function deleteLoggedModelTag(db: Db, modelId: string, key: string): Promise<void> {
  const [row] = await db.query<{ deleted: boolean }>(sql`
    WITH model AS (
      SELECT model_id FROM logged_models WHERE model_id = ${modelId}
    ), deleted AS (
      DELETE FROM logged_model_tags t USING model WHERE t.model_id = model.model_id AND t.tag_key = ${key}
      RETURNING t.tag_key
    )
    SELECT EXISTS (SELECT FROM deleted) AS deleted FROM model`);
  if (!row) throw loggedModelErrors.notFound(modelId);
  if (!row.deleted) throw loggedModelErrors.tagNotFound(modelId, key);
}

/** Adds params, to a deleted model too. A key that the model has already violates a unique constraint (23505). */
export async function logLoggedModelParams(db: Db, modelId: string, pairs: readonly KeyValue[]): Promise<void> {
  const found = await db.query(sql`
    WITH model AS (
      SELECT model_id, experiment_id FROM logged_models WHERE model_id = ${modelId}
    ), logged AS (
      INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value)
      SELECT model_id, experiment_id, p.key, p.value
      FROM model, json_to_recordset(${JSON.stringify(pairs)}::json) AS p(key text, value text) ORDER BY p.key
    )
    SELECT model_id FROM model`);
  if (found.length === 0) throw loggedModelErrors.notFound(modelId);
}
