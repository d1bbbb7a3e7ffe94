/** Runs (mlflow/store/tracking/sqlalchemy_store.py). */
import type { Db } from "../db/database.ts";
import { type Sql, sql } from "../db/sql.ts";
import { invalid, missing } from "../http/errors.ts";
import { type KeyValue, parseExperimentId } from "../validation.ts";
import { appendToUri, deleteAssessmentsOfRuns, notActive, nowMillis } from "./experiments.ts";
import { jsonText, keyValues, lastByKey } from "./json.ts";

export const runStatuses = { RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 } as const;
export type RunStatus = keyof typeof runStatuses;

export const runNameTag = "mlflow.runName";

export const runNotFound = (runId: string) => missing(`Run with id=${runId} not found`);

export const runNotActive = (runId: string, stage: string) =>
  invalid(`The run ${runId} must be in the 'active' state. Current state is ${stage}.`);

/** A RunInfo's JSON. `r` is the run; `tagName` answers its name tag where the run itself has no name. */
export const runInfoJson = (tagName: Sql) => sql`json_build_object(
  'run_uuid', r.run_uuid, 'experiment_id', r.experiment_id::text, 'run_name', coalesce(nullif(r.name, ''), ${tagName}, r.name),
  'user_id', coalesce(r.user_id, ''), 'status', r.status, 'start_time', r.start_time, 'end_time', nullif(r.end_time, 0),
  'artifact_uri', nullif(r.artifact_uri, ''), 'lifecycle_stage', r.lifecycle_stage, 'run_id', r.run_uuid)`;

const ownNameTag = sql`(SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = ${runNameTag})`;

/** A latest metric's JSON; NaN is stored as 0 beside a flag. */
export const latestMetrics = sql`json_agg(json_build_object('key', m.key,
  'value', CASE WHEN m.is_nan THEN 'NaN'::float8 ELSE m.value END, 'timestamp', m.timestamp, 'step', m.step) ORDER BY m.key)`;

/** The datasets of runs, by run: a dataset's rows are one input, and its tags are all theirs. */
export const datasetInputs = (condition: Sql) => sql`
  SELECT run_uuid, json_agg(json_build_object('tags', tags, 'dataset', dataset)) AS json FROM (
    SELECT i.destination_id AS run_uuid,
      json_build_object('name', min(d.name), 'digest', min(d.digest), 'source_type', min(d.dataset_source_type),
        'source', min(d.dataset_source), 'schema', nullif(min(d.dataset_schema), ''),
        'profile', nullif(min(d.dataset_profile), '')) AS dataset,
      json_agg(json_build_object('key', t.name, 'value', t.value) ORDER BY t.name) FILTER (WHERE t.name IS NOT NULL) AS tags
    FROM inputs i
    JOIN datasets d ON d.dataset_uuid = i.source_id
    LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid
    WHERE i.destination_type = 'RUN' AND ${condition}
    GROUP BY i.destination_id, d.dataset_uuid
  ) by_dataset GROUP BY run_uuid`;

/** `{"run": ...}`, deleted ones included. */
export async function getRun(db: Db, runId: string): Promise<string> {
  const found = await db.text(sql`
    SELECT ${jsonText(sql`json_build_object('run', json_build_object(
      'info', ${runInfoJson(ownNameTag)},
      'data', json_build_object(
        'metrics', (SELECT ${latestMetrics} FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),
        'params', (SELECT ${keyValues(sql`p`)} FROM params p WHERE p.run_uuid = r.run_uuid),
        'tags', (SELECT ${keyValues(sql`t`)} FROM tags t WHERE t.run_uuid = r.run_uuid)),
      'inputs', json_build_object(
        'dataset_inputs', (SELECT json FROM (${datasetInputs(sql`i.destination_id = r.run_uuid`)}) d),
        'model_inputs', (SELECT json_agg(json_build_object('model_id', i.destination_id)) FROM inputs i
          WHERE i.source_type = 'RUN_INPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_INPUT')),
      'outputs', json_build_object('model_outputs', (
        SELECT json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)) FROM inputs i
        WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT'))))`)}
    FROM runs r WHERE r.run_uuid = ${runId}`);
  if (found === undefined) throw runNotFound(runId);
  return found;
}

export interface NewRun {
  runId: string;
  experimentId: string;
  userId: string;
  startTime: number | bigint;
  name: string;
  tags: KeyValue[];
}

/** Creates a run in an active experiment and answers `{"run": ...}`. */
export async function createRun(db: Db, run: NewRun): Promise<string> {
  const experimentId = parseExperimentId(run.experimentId);
  const tags = JSON.stringify(lastByKey(run.tags));
  const [row] = await db.query<{ stage: string; run: string }>(sql`
    WITH experiment AS (
      SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
      WHERE experiment_id = ${experimentId}::bigint AND workspace = 'default'
    ), created AS (
      INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
        source_version, lifecycle_stage, artifact_uri, experiment_id)
      SELECT ${run.runId}, ${run.name}, 'UNKNOWN', '', '', ${run.userId}, 'RUNNING', ${String(run.startTime)}::bigint,
        '', 'active', ${appendToUri(sql`artifact_location`, sql`${`${run.runId}/artifacts`}::text`)}, experiment_id
      FROM experiment WHERE stage = 'active'
      RETURNING *
    ), tagged AS (
      INSERT INTO tags (key, value, run_uuid)
      SELECT t.key, t.value, created.run_uuid FROM created, json_to_recordset(${tags}::json) AS t(key text, value text)
      RETURNING key, value
    )
    SELECT stage, (SELECT ${jsonText(sql`json_build_object('run', json_build_object(
      'info', ${runInfoJson(sql`NULL`)},
      'data', json_build_object('tags', (SELECT ${keyValues(sql`t`)} FROM tagged t)),
      'inputs', json_build_object()))`)} FROM created r) AS run
    FROM experiment`);
  if (!row) throw missing(`No Experiment with id=${experimentId} exists`);
  if (row.stage !== "active") throw notActive(experimentId, row.stage);
  return row.run;
}

export interface RunUpdate {
  status: RunStatus | undefined;
  endTime: number | bigint | undefined;
  /** Not empty where given. */
  name: string | undefined;
}

/** Changes what is given of an active run and answers `{"run_info": ...}`. */
export async function updateRun(db: Db, runId: string, update: RunUpdate): Promise<string> {
  const [row] = await db.query<{ stage: string; info: string }>(sql`
    WITH run AS (
      SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), updated AS (
      UPDATE runs r SET status = coalesce(${update.status}::text, status),
        end_time = coalesce(${update.endTime === undefined ? null : String(update.endTime)}::bigint, end_time),
        name = coalesce(${update.name}::text, name)
      FROM run WHERE r.run_uuid = run.run_uuid AND r.lifecycle_stage = 'active'
      RETURNING r.*
    ), named AS (
      INSERT INTO tags (key, value, run_uuid)
      SELECT ${runNameTag}, ${update.name}::text, run_uuid FROM updated WHERE ${update.name}::text IS NOT NULL
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
    )
    SELECT stage, (SELECT ${jsonText(sql`json_build_object('run_info', ${runInfoJson(ownNameTag)})`)} FROM updated r) AS info
    FROM run`);
  if (!row) throw runNotFound(runId);
  if (row.stage !== "active") throw runNotActive(runId, row.stage);
  return row.info;
}

/** Marks a run as deleted, whatever its stage was. */
export async function deleteRun(db: Db, runId: string): Promise<void> {
  const deleted = await db.query(sql`
    WITH deleted AS (
      UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ${nowMillis} WHERE run_uuid = ${runId} RETURNING run_uuid
    ), ${deleteAssessmentsOfRuns(sql`deleted`)}
    SELECT run_uuid FROM deleted`);
  if (deleted.length === 0) throw runNotFound(runId);
}

export async function restoreRun(db: Db, runId: string): Promise<void> {
  const restored = await db.query(
    sql`UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE run_uuid = ${runId} RETURNING run_uuid`,
  );
  if (restored.length === 0) throw runNotFound(runId);
}
