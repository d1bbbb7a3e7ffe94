/** What runs used and produced: datasets and logged models (mlflow/store/tracking/sqlalchemy_store.py). */
import { randomBytes, randomUUID } from "node:crypto";
import { readableExperiments } from "../access/readable.ts";
import { jsonText } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { runErrors } from "./errors.ts";
import type { DatasetInput } from "./rules.ts";

export interface ModelOutput {
  modelId: string;
  step: number | bigint;
}

const newUuid = () => randomUUID().replaceAll("-", "");

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, "0");

/**
 * A UUID of version 7, which sorts by time, and by `place` within one request: runs list their inputs in this order.
 */
const newInputUuid = (place: number) =>
  `${hex(Date.now(), 12)}7${hex(place >>> 16, 3)}8${hex(place & 0xffff, 4)}${randomBytes(6).toString("hex").slice(1)}`;

/**
 * Logs the datasets and models that an active run used: all of them or none. An experiment has a dataset once by name
 * and digest, whoever logs it first; what the run has as an input already is left alone, its tags too.
 */
export async function logInputs(
  db: Db,
  runId: string,
  inputs: { datasets: readonly DatasetInput[]; modelIds: readonly string[] },
): Promise<void> {
  const datasets = firstOfEach(inputs.datasets).map((input, place) => ({
    ...input,
    dataset_uuid: newUuid(),
    input_uuid: newInputUuid(place),
  }));
  const models = inputs.modelIds.map((model_id, place) => ({ model_id, input_uuid: newInputUuid(place) }));
  // An INSERT does not see a row that another request commits at the same time. The update changes nothing and returns
  // that row's id.
  const [row] = await db.query<{ stage: string }>(sql`
    WITH run AS (
      SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), active AS (
      SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
    ), given AS MATERIALIZED (
      SELECT g.*, run_uuid, experiment_id
      FROM active, json_to_recordset(${JSON.stringify(datasets)}::json) AS g(name text, digest text, source_type text,
        source text, schema text, profile text, tags json, dataset_uuid text, input_uuid text)
    ), known AS (
      SELECT d.dataset_uuid, g.input_uuid FROM given g JOIN datasets d USING (experiment_id, name, digest)
    ), created AS (
      INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source,
        dataset_schema, dataset_profile)
      SELECT dataset_uuid, experiment_id, name, digest, source_type, source, schema, profile FROM given
      WHERE input_uuid NOT IN (SELECT input_uuid FROM known) ORDER BY name, digest
      ON CONFLICT (experiment_id, name, digest) DO UPDATE SET name = excluded.name
      RETURNING dataset_uuid, name, digest
    ), input AS (
      INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
      SELECT input_uuid, 'DATASET', dataset_uuid, 'RUN', run_uuid
      FROM (SELECT * FROM known UNION ALL SELECT c.dataset_uuid, g.input_uuid FROM created c JOIN given g USING (name, digest)) used,
        active
      ORDER BY dataset_uuid
      ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING
      RETURNING input_uuid
    ), tagged AS (
      INSERT INTO input_tags (input_uuid, name, value)
      SELECT input_uuid, t.key, t.value
      FROM input JOIN given USING (input_uuid), json_to_recordset(given.tags) AS t(key text, value text)
    ), model AS (
      INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
      SELECT m.input_uuid, 'RUN_INPUT', run_uuid, 'MODEL_INPUT', m.model_id
      FROM active, json_to_recordset(${JSON.stringify(models)}::json) AS m(model_id text, input_uuid text)
      ORDER BY m.model_id
      ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING
    )
    SELECT stage FROM run`);
  if (!row) throw runErrors.notFound(runId);
  if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
}

function firstOfEach(datasets: readonly DatasetInput[]): DatasetInput[] {
  const byKey = new Map<string, DatasetInput>();
  for (const dataset of datasets) {
    const key = JSON.stringify([dataset.name, dataset.digest]);
    if (!byKey.has(key)) byKey.set(key, dataset);
  }
  return [...byKey.values()];
}

/**
 * Logs the models that an active run produced. A model that is its output already violates a unique constraint (23505).
 */
export async function logOutputs(db: Db, runId: string, models: readonly ModelOutput[]): Promise<void> {
  // Steps as texts: JSON.stringify can't write a bigint.
  const outputs = models.map(({ modelId, step }, place) => ({
    modelId,
    step: String(step),
    uuid: newInputUuid(place),
  }));
  const [row] = await db.query<{ stage: string }>(sql`
    WITH run AS (
      SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), output AS (
      INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
      SELECT m.uuid, 'RUN_OUTPUT', run_uuid, 'MODEL_OUTPUT', m."modelId", m.step::bigint
      FROM run, json_to_recordset(${JSON.stringify(outputs)}::json) AS m("modelId" text, step text, uuid text)
      WHERE stage = 'active' ORDER BY m."modelId"
    )
    SELECT stage FROM run`);
  if (!row) throw runErrors.notFound(runId);
  if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
}

const maxSummaries = 1000;

/**
 * `{"dataset_summaries": [...]}`: the datasets that runs of these experiments used, once for each context, at most
 * 1,000. MLflow gives them no order; here they are sorted by experiment, name and digest.
 */
export async function searchDatasets(db: Db, experimentIds: readonly string[]): Promise<string> {
  const found = await db.text(sql`
    SELECT ${jsonText(sql`json_build_object('dataset_summaries', json_agg(json_build_object(
      'experiment_id', experiment_id::text, 'name', name, 'digest', digest, 'context', context)))`)}
    FROM (
      SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value AS context
      FROM datasets d
      JOIN inputs i ON i.source_type = 'DATASET' AND i.source_id = d.dataset_uuid
      LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'
      WHERE d.experiment_id = ANY(${readableExperiments(db, experimentIds, "run")}::bigint[])
      ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT ${maxSummaries}) summary`);
  return found!;
}
