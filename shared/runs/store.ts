/** Runs (mlflow/store/tracking/sqlalchemy_store.py). */

import { unlessDenied } from "../access/readable.ts";
import { experimentErrors } from "../experiments/errors.ts";
import { parseExperimentId } from "../experiments/rules.ts";
import { deleteAssessmentsOfRuns } from "../experiments/store.ts";
import { appendToUri, arrayText, keyValuesText, metricValue, nowMillis, objectText } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import { composed } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { runErrors } from "./errors.ts";

export const runStatuses = { RUNNING: 1, SCHEDULED: 2, FINISHED: 3, FAILED: 4, KILLED: 5 } as const;

export type RunStatus = keyof typeof runStatuses;

export const runNameTag = "mlflow.runName";

/** A RunInfo's JSON text. `r` is the run; `tagName` answers its name tag where the run itself has no name. */
const runInfoText = (tagName: Sql) =>
  objectText({
    run_uuid: sql`to_json(r.run_uuid)`,
    experiment_id: sql`to_json(r.experiment_id::text)`,
    run_name: sql`to_json(coalesce(nullif(r.name, ''), ${tagName}, r.name))`,
    user_id: sql`to_json(coalesce(r.user_id, ''))`,
    status: sql`to_json(r.status)`,
    start_time: sql`r.start_time`,
    end_time: sql`nullif(r.end_time, 0)`,
    artifact_uri: sql`to_json(nullif(r.artifact_uri, ''))`,
    lifecycle_stage: sql`to_json(r.lifecycle_stage)`,
    run_id: sql`to_json(r.run_uuid)`,
  });

const ownNameTag = sql`(SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = ${runNameTag})`;

/** The latest metrics of a run as JSON text; NaN is stored as 0 beside a flag. */
const latestMetrics = arrayText(
  sql`'{"key":'`,
  sql`to_json(m.key), ',"value":', ${metricValue}, ',"timestamp":', m.timestamp, ',"step":', m.step`,
);

/**
 * When the input `i` was logged: our ids begin with the time (inputs.ts), those of a stock server are random. Its rows
 * stay where they were inserted, which is the order in which it answers them itself.
 */
const inputTime = sql`(CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C")`;

const asLogged = sql`${inputTime} NULLS FIRST, i.ctid`;

/** Most runs have none, and to find that out takes less than to begin the aggregates. */
const ifAny = (rows: Sql, text: Sql) => sql`CASE WHEN EXISTS (SELECT FROM ${rows} OFFSET 0) THEN ${text} END`;

const usedDatasets = sql`i.destination_type = 'RUN' AND i.destination_id = r.run_uuid`;

/**
 * The datasets that run `r` used, in the order they were logged, as JSON text. A dataset counts once, with the tags of
 * all its rows.
 */
const datasetInputs = ifAny(
  sql`inputs i WHERE ${usedDatasets}`,
  sql`(SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
    ORDER BY logged NULLS FIRST, place))::text FROM (
    SELECT json_build_object('name', min(d.name), 'digest', min(d.digest), 'source_type', min(d.dataset_source_type),
        'source', min(d.dataset_source), 'schema', nullif(min(d.dataset_schema), ''),
        'profile', nullif(min(d.dataset_profile), '')) AS dataset,
      json_agg(json_build_object('key', t.name, 'value', t.value) ORDER BY t.name) FILTER (WHERE t.name IS NOT NULL) AS tags,
      min(${inputTime}) AS logged, min(i.ctid) AS place
    FROM inputs i
    JOIN datasets d ON d.dataset_uuid = i.source_id
    LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid
    WHERE ${usedDatasets}
    GROUP BY d.dataset_uuid
  ) by_dataset)`,
);

const usedModels = sql`inputs i
  WHERE i.source_type = 'RUN_INPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_INPUT'`;

const modelInputs = ifAny(
  usedModels,
  sql`(SELECT json_agg(json_build_object('model_id', i.destination_id) ORDER BY ${asLogged})::text FROM ${usedModels})`,
);

const madeModels = sql`inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT'`;

const modelOutputs = ifAny(
  madeModels,
  sql`(SELECT json_strip_nulls(json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)
    ORDER BY ${asLogged}))::text
  FROM ${madeModels})`,
);

const tagsOf = (table: Sql) => sql`(SELECT ${keyValuesText(sql`t`)} FROM ${table} t WHERE t.run_uuid = r.run_uuid)`;

const data = objectText({
  metrics: sql`(SELECT ${latestMetrics} FROM latest_metrics m WHERE m.run_uuid = r.run_uuid)`,
  params: tagsOf(sql`params`),
  tags: tagsOf(sql`tags`),
});

/**
 * The JSON text of run `r` with all it has. Concatenated, since json_strip_nulls would read the large answer of a
 * search again; sub-selects, since their index scans cost the same whatever the planner expects (35 ms for 1,000 runs).
 * Searches leave out the model inputs, as MLflow does.
 */
export const runText = (db: Db, inputs: "all inputs" | "dataset inputs"): Sql =>
  objectText({
    info: runInfoText(ownNameTag),
    data,
    inputs: objectText({
      dataset_inputs: datasetInputs,
      ...(inputs === "all inputs" && { model_inputs: unlessDenied(db, "logged_model", modelInputs) }),
    }),
    outputs: objectText({ model_outputs: unlessDenied(db, "logged_model", modelOutputs) }),
  });

const runById = composed(
  (db, id) => sql`SELECT ${objectText({ run: runText(db, "all inputs") })} FROM runs r WHERE r.run_uuid = ${id}`,
);

/** `{"run": ...}`, deleted ones included. */
export async function getRun(db: Db, runId: string): Promise<string> {
  const found = await db.text(runById(db, runId));
  if (found === undefined) throw runErrors.notFound(runId);
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

const insertRun = composed(
  (db, experimentId, runId, name, userId, startTime, folder, tags) => sql`
    WITH experiment AS (
      SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
      WHERE experiment_id = ${experimentId}::bigint AND ${inScope(db)}
    ), created AS (
      INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
        source_version, lifecycle_stage, artifact_uri, experiment_id)
      SELECT ${runId}, ${name}, 'UNKNOWN', '', '', ${userId}, 'RUNNING', ${startTime}::bigint,
        '', 'active', ${appendToUri(sql`artifact_location`, sql`${folder}::text`)}, experiment_id
      FROM experiment WHERE stage = 'active'
      RETURNING *
    ), tagged AS (
      INSERT INTO tags (key, value, run_uuid)
      SELECT t.key, t.value, created.run_uuid FROM created, json_to_recordset(${tags}::json) AS t(key text, value text)
      RETURNING key, value
    )
    SELECT stage, (SELECT ${objectText({
      run: objectText({
        info: runInfoText(sql`NULL`),
        data: objectText({ tags: sql`(SELECT ${keyValuesText(sql`t`)} FROM tagged t)` }),
        inputs: sql`'{}'`,
      }),
    })} FROM created r) AS run
    FROM experiment`,
);

/** Creates a run in an active experiment and answers `{"run": ...}`. */
export async function createRun(db: Db, { runId, name, userId, startTime, ...run }: NewRun): Promise<string> {
  const experimentId = parseExperimentId(run.experimentId);
  const [folder, tags] = [`${runId}/artifacts`, JSON.stringify(run.tags)];
  const [row] = await db.query<{ stage: string; run: string }>(
    insertRun(db, experimentId, runId, name, userId, String(startTime), folder, tags),
  );
  if (!row) throw experimentErrors.notFound(experimentId);
  if (row.stage !== "active") throw experimentErrors.notActive(experimentId, row.stage);
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
    SELECT stage, (SELECT ${objectText({ run_info: runInfoText(ownNameTag) })} FROM updated r) AS info
    FROM run`);
  if (!row) throw runErrors.notFound(runId);
  if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
  return row.info;
}

/** Marks a run as deleted, whatever its stage was. */
export async function deleteRun(db: Db, runId: string): Promise<void> {
  const deleted = await db.query(sql`
    WITH deleted AS (
      UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ${nowMillis} WHERE run_uuid = ${runId} RETURNING run_uuid
    ), ${deleteAssessmentsOfRuns(sql`deleted`)}
    SELECT run_uuid FROM deleted`);
  if (deleted.length === 0) throw runErrors.notFound(runId);
}

export async function restoreRun(db: Db, runId: string): Promise<void> {
  const restored = await db.query(
    sql`UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE run_uuid = ${runId} RETURNING run_uuid`,
  );
  if (restored.length === 0) throw runErrors.notFound(runId);
}
