/** What a run logs: metrics, params and tags, all in one statement. */

import { modelMetricError, writeModelMetrics } from "../logged-models/metrics.ts";
import { lastByKey } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { composed } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { sqlState } from "../platform/db/errors.ts";
import { type Statement, sql } from "../platform/db/sql.ts";
import { invalid, type MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { runErrors } from "./errors.ts";
import type { Metric } from "./rules.ts";
import { runNameTag } from "./store.ts";

export interface Batch {
  metrics: Metric[];
  params: KeyValue[];
  tags: KeyValue[];
}

// A cast that fails aborts the whole statement: Postgres has no other way to raise an error without a function of our
// own.
const changedParam = "mlflow-functions: changed param";

/**
 * Logs a batch to an active run: all of it or nothing. A metric point that is there already is left alone; the latest
 * metric is the highest by step, then timestamp, then value; a tag takes the new value.
 * @throws INVALID_PARAMETER_VALUE for a param that was logged with another value
 */
export async function logBatch(
  db: Db,
  runId: string,
  batch: Batch,
  describe: (changed: ChangedParam[]) => MlflowError = (changed) => describeChanged(runId, changed),
): Promise<void> {
  try {
    const [row] = await db.query<{ stage: string }>(batchStatement(db, runId, batch));
    if (!row) throw runErrors.notFound(runId);
    if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
  } catch (error) {
    if (sqlState(error) === "22P02" && (error as Error).message.includes(changedParam))
      throw describe(await changedParams(db, runId, batch.params));
    throw modelMetricError(error) ?? error;
  }
}

function batchStatement(db: Db, runId: string, batch: Batch): Statement {
  // MLflow ignores an empty run name.
  const tags = lastByKey(batch.tags).filter((tag) => tag.key !== runNameTag || tag.value !== "");
  const name = tags.find((tag) => tag.key === runNameTag)?.value;
  return logged(db, runId, JSON.stringify(batch.params), metricsJson(batch.metrics), JSON.stringify(tags), name);
}

const logged = composed(
  (_db, runId, params, metrics, tags, name) => sql`
    WITH run AS (
      SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), active AS (
      SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
    ), param AS (
      INSERT INTO params (key, value, run_uuid)
      SELECT p.key, p.value, run_uuid
      FROM active, json_to_recordset(${params}::json) AS p(key text, value text) ORDER BY p.key
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = (${changedParam} || params.key)::int::text
      WHERE params.value <> excluded.value
    ), metric AS MATERIALIZED (
      SELECT DISTINCT m.*, run_uuid, experiment_id
      FROM active, json_to_recordset(${metrics}::json) AS m(key text, value float8, timestamp int8,
        step int8, is_nan bool, model_id text, dataset_name text, dataset_digest text)
    ), point AS (
      INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan)
      SELECT key, value, timestamp, step, run_uuid, is_nan FROM metric ORDER BY key, timestamp, step
      ON CONFLICT DO NOTHING
    ), ${writeModelMetrics}, latest AS (
      INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
      SELECT DISTINCT ON (key) key, value, timestamp, step, is_nan, run_uuid
      FROM metric ORDER BY key, step DESC, timestamp DESC, value DESC
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
        step = excluded.step, is_nan = excluded.is_nan
      WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
    ), tag AS (
      INSERT INTO tags (key, value, run_uuid)
      SELECT t.key, t.value, run_uuid
      FROM active, json_to_recordset(${tags}::json) AS t(key text, value text) ORDER BY t.key
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
    ), named AS (
      UPDATE runs SET name = ${name}::text FROM active WHERE runs.run_uuid = active.run_uuid AND ${name}::text IS NOT NULL
    )
    SELECT stage FROM run`,
);

const maxDouble = "1.7976931348623157e308";

/** Metrics for json_to_recordset: NaN as 0 with a flag and infinities as the largest doubles, as MLflow stores them. */
function metricsJson(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ key, value, timestamp, step, model_id, dataset_name, dataset_digest }) => {
    const stored = Number.isNaN(value)
      ? "0"
      : Math.abs(value) === Infinity
        ? (value < 0 ? "-" : "") + maxDouble
        : value;
    const model = model_id
      ? `,"model_id":${JSON.stringify(model_id)},"dataset_name":${textOrNull(dataset_name)},"dataset_digest":${textOrNull(dataset_digest)}`
      : "";
    return `{"key":${JSON.stringify(key)},"value":${stored},"timestamp":${timestamp},"step":${step},"is_nan":${Number.isNaN(value)}${model}}`;
  });
  return `[${rows.join(",")}]`;
}

const textOrNull = (text: string | undefined) => JSON.stringify(text || null);

export interface ChangedParam extends KeyValue {
  /** The value that the run has; `value` is the one in the request. */
  old: string;
}

async function changedParams(db: Db, runId: string, params: KeyValue[]): Promise<ChangedParam[]> {
  const stored = await db.query<KeyValue>(
    sql`SELECT key, value FROM params WHERE run_uuid = ${runId} AND key = ANY(${params.map(({ key }) => key)}::text[])`,
  );
  const values = new Map(stored.map(({ key, value }) => [key, value]));
  return params
    .map((param) => ({ ...param, old: values.get(param.key) ?? param.value }))
    .filter(({ old, value }) => old !== value);
}

function describeChanged(runId: string, changed: ChangedParam[]): MlflowError {
  const list = changed.map(
    ({ key, old, value }) => `{'key': '${key}', 'old_value': '${old}', 'new_value': '${value}'}`,
  );
  return invalid(
    `Changing param values is not allowed. Params were already logged='[${shown(list.join(", "))}]' for run ID='${shown(runId)}'.`,
  );
}
