/** Experiments and their tags (mlflow/store/tracking/sqlalchemy_store.py). */

import { creatorsGrant } from "../access/creator.ts";
import { andReadable } from "../access/readable.ts";
import { appendToUri, jsonText, keyValues, nowMillis } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import { filterSql, orderSql } from "../mlflow/search/compile.ts";
import type {} from "../platform/azure/address.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { sqlState } from "../platform/db/errors.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { invalid, MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { experimentErrors } from "./errors.ts";
import { parseExperimentId } from "./rules.ts";
import { experimentSearch } from "./search.ts";

export const viewTypes = { ACTIVE_ONLY: 1, DELETED_ONLY: 2, ALL: 3 } as const;

export type ViewType = keyof typeof viewTypes;

/** The lifecycle stages a view shows. */
export function stagesOf(view: ViewType): string[] {
  if (view === "ALL") return ["active", "deleted"];
  return view === "ACTIVE_ONLY" ? ["active"] : ["deleted"];
}

/** An experiment's JSON; `e` is the experiment, `tags` the JSON of its tags. */
const experimentJson = (tags: Sql) => sql`json_build_object(
  'experiment_id', e.experiment_id::text, 'name', e.name, 'artifact_location', e.artifact_location,
  'lifecycle_stage', e.lifecycle_stage, 'last_update_time', e.last_update_time, 'creation_time', e.creation_time,
  'tags', ${tags}, 'workspace', e.workspace)`;

const ownTags = sql`(SELECT ${keyValues(sql`t`)} FROM experiment_tags t WHERE t.experiment_id = e.experiment_id)`;

/** `{"experiment": ...}`, deleted ones included. */
export async function getExperiment(db: Db, id: string): Promise<string> {
  const experimentId = parseExperimentId(id);
  const found = await db.text(sql`
    SELECT ${jsonText(sql`json_build_object('experiment', ${experimentJson(ownTags)})`)}
    FROM experiments e WHERE e.experiment_id = ${experimentId}::bigint AND ${inScope(db, "e")}`);
  if (found === undefined) throw experimentErrors.notFound(experimentId);
  return found;
}

/** The experiments that have one of these ids and can be read, deleted ones included: a JSON array, null for none. */
export async function getExperiments(db: Db, ids: readonly string[]): Promise<string | null> {
  const found = await db.text(sql`
    SELECT json_strip_nulls(json_agg(${experimentJson(ownTags)}))::text
    FROM experiments e
    WHERE e.experiment_id = ANY(${ids}::int[]) AND ${inScope(db, "e")}${andReadable(db, sql`e.experiment_id`)}`);
  return found ?? null;
}

/** `{"experiment": ...}`, deleted ones included. */
export async function getExperimentByName(db: Db, name: string): Promise<string> {
  const found = await db.text(sql`
    SELECT ${jsonText(sql`json_build_object('experiment', ${experimentJson(ownTags)})`)}
    FROM experiments e
    WHERE e.name = ${name} AND ${inScope(db, "e")}${andReadable(db, sql`e.experiment_id`)}`);
  if (found === undefined) throw experimentErrors.nameNotFound(name);
  return found;
}

export interface NewExperiment {
  name: string;
  /** Where its artifacts go. Without it: a folder named by the experiment's id under `defaultArtifactRoot`. */
  artifactLocation: string | undefined;
  defaultArtifactRoot: string;
  tags: KeyValue[];
}

/** Creates an experiment and answers its id. One of several concurrent creations of a name wins. */
export async function createExperiment(db: Db, experiment: NewExperiment): Promise<string> {
  const creating = db.text(sql`
    WITH created AS (
      INSERT INTO experiments
        (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
      SELECT id, ${experiment.name}, coalesce(${experiment.artifactLocation}::text,
          ${appendToUri(sql`${experiment.defaultArtifactRoot}::text`, sql`id::text`)}), 'active', now, now, ${db.scope.workspace}
      FROM nextval(pg_get_serial_sequence('experiments', 'experiment_id')) id, (SELECT ${nowMillis} AS now) clock
      ON CONFLICT (workspace, name) DO NOTHING
      RETURNING experiment_id
    ), tagged AS (
      INSERT INTO experiment_tags (key, value, experiment_id)
      SELECT t.key, t.value, created.experiment_id
      FROM created, json_to_recordset(${JSON.stringify(experiment.tags)}::json) AS t(key text, value text)
    )${creatorsGrant(db, "experiment", sql`SELECT experiment_id::text AS id FROM created`)}
    SELECT experiment_id::text FROM created`);
  const id = await creating.catch((error: unknown) => {
    // A tag given twice; MLflow answers as for a name that is taken.
    throw sqlState(error) === "23505" ? experimentErrors.alreadyExists(experiment.name) : error;
  });
  if (id === undefined) throw experimentErrors.alreadyExists(experiment.name);
  return id;
}

/** A search, but for where its page begins. */
interface Asked {
  view: ViewType;
  filter: string | undefined;
  orderBy: readonly string[];
  limit: number;
}

export interface ExperimentSearch extends Asked {
  offset: number;
}

const searchStatement = composedBy(
  ({ view, limit, filter, orderBy }: Asked) => JSON.stringify([view, limit, filter, orderBy]),
  (db, { view, limit, filter, orderBy }, offset) => sql`
    WITH found AS (
      SELECT e.*, row_number() OVER () AS place FROM (
        SELECT * FROM experiments e
        WHERE ${inScope(db, "e")} AND e.lifecycle_stage = ANY(${stagesOf(view)}::text[]) AND ${filterSql(experimentSearch, filter)}${andReadable(db, sql`e.experiment_id`)}
        ORDER BY ${orderSql(experimentSearch, orderBy).orderBy} OFFSET ${offset} LIMIT ${limit + 1}) e
    ), tagged AS (
      SELECT t.experiment_id, ${keyValues(sql`t`)} AS tags
      FROM experiment_tags t WHERE t.experiment_id = ANY(ARRAY(SELECT experiment_id FROM found))
      GROUP BY t.experiment_id
    )
    SELECT json_strip_nulls(json_agg(${experimentJson(sql`tagged.tags`)} ORDER BY e.place)
        FILTER (WHERE e.place <= ${limit}))::text AS experiments,
      count(*) > ${limit} AS more
    FROM found e LEFT JOIN tagged USING (experiment_id)`,
);

/** @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message, for a filter or an order that is none */
export function checkSearch(filter: string | undefined, orderBy: readonly string[]): void {
  filterSql(experimentSearch, filter);
  orderSql(experimentSearch, orderBy);
}

/**
 * The experiments of one page as JSON text, and whether there are more.
 * @throws MlflowError as checkSearch
 */
export async function searchExperiments(
  db: Db,
  search: ExperimentSearch,
): Promise<{ experiments: string | null; more: boolean }> {
  const [row] = await db.query<{ experiments: string | null; more: boolean }>(
    searchStatement(db, search, search.offset),
  );
  return row!;
}

/** Marks an active experiment and its runs as deleted. */
export async function deleteExperiment(db: Db, id: string): Promise<void> {
  const experimentId = parseExperimentId(id);
  const deleted = await db.query(sql`
    WITH deleted AS (
      UPDATE experiments SET lifecycle_stage = 'deleted', last_update_time = ${nowMillis}
      WHERE experiment_id = ${experimentId}::bigint AND lifecycle_stage = 'active' AND ${inScope(db)}
      RETURNING experiment_id
    ), runs_deleted AS (
      UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ${nowMillis}
      FROM deleted WHERE runs.experiment_id = deleted.experiment_id
      RETURNING run_uuid
    ), ${deleteAssessmentsOfRuns(sql`runs_deleted`)}
    SELECT experiment_id FROM deleted`);
  if (deleted.length === 0) throw experimentErrors.notFound(experimentId);
}

/**
 * Deletes the trace assessments that the runs of a CTE made: their run is named only inside the metadata's JSON text.
 */
export const deleteAssessmentsOfRuns = (runs: Sql): Sql => sql`assessments_deleted AS (
  DELETE FROM assessments a
  WHERE substring(a.assessment_metadata FROM '"mlflow.assessment.sourceRunId": "([^"]*)"') IN (SELECT run_uuid FROM ${runs})
)`;

/** Makes a deleted experiment and all its runs active again. */
export async function restoreExperiment(db: Db, id: string): Promise<void> {
  const experimentId = parseExperimentId(id);
  const restored = await db.query(sql`
    WITH restored AS (
      UPDATE experiments SET lifecycle_stage = 'active', last_update_time = ${nowMillis}
      WHERE experiment_id = ${experimentId}::bigint AND lifecycle_stage = 'deleted' AND ${inScope(db)}
      RETURNING experiment_id
    ), runs_restored AS (
      UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL
      FROM restored WHERE runs.experiment_id = restored.experiment_id
    )
    SELECT experiment_id FROM restored`);
  if (restored.length === 0) throw experimentErrors.notFound(experimentId);
}

interface Active {
  stage: string;
  done: boolean;
}

/** @throws RESOURCE_DOES_NOT_EXIST without a row, INVALID_PARAMETER_VALUE for an experiment that is not active */
function checkActive(row: Active | undefined, experimentId: string): asserts row is Active {
  if (!row) throw experimentErrors.notFound(experimentId);
  if (row.stage !== "active") throw experimentErrors.notActive(experimentId, row.stage);
}

export async function renameExperiment(db: Db, id: string, name: string): Promise<void> {
  const experimentId = parseExperimentId(id);
  const [row] = await db.query<Active>(sql`
    WITH experiment AS (
      SELECT experiment_id, lifecycle_stage AS stage FROM experiments
      WHERE experiment_id = ${experimentId}::bigint AND ${inScope(db)}
    ), renamed AS (
      UPDATE experiments e SET name = ${name}, last_update_time = ${nowMillis}
      FROM experiment WHERE e.experiment_id = experiment.experiment_id AND e.lifecycle_stage = 'active'
    )
    SELECT stage FROM experiment`);
  if (!row) throw experimentErrors.notFound(experimentId);
  if (row.stage !== "active") throw new MlflowError("INVALID_STATE", "Cannot rename a non-active experiment.");
}

/** The tags in which the MLflow page keeps its saved views; an experiment holds at most `maxCustomViews` of them. */
export const isCustomView = (tag: KeyValue) => tag.key.startsWith(customViewPrefix);

const customViewPrefix = "mlflow.customView.view";

export const maxCustomViews = 50;

/** The refusal of one saved view too many. */
export const tooManyCustomViews = (experiment = "") =>
  invalid(
    `Unable to create another custom view${experiment}; the maximum number of custom views per experiment is ` +
      `${maxCustomViews}. Delete an existing custom view before creating a new one.`,
  );

/** Sets a tag of an active experiment. Saved views are counted without a lock, as MLflow counts them. */
export async function setExperimentTag(db: Db, id: string, tag: KeyValue): Promise<void> {
  const experimentId = parseExperimentId(id);
  const room = isCustomView(tag)
    ? sql`(SELECT count(*) FILTER (WHERE starts_with(t.key, ${customViewPrefix})) < ${maxCustomViews}
          OR bool_or(t.key = ${tag.key}) FROM experiment_tags t WHERE t.experiment_id = e.experiment_id)`
    : sql`true`;
  const [row] = await db.query<Active>(sql`
    WITH experiment AS (
      SELECT experiment_id, lifecycle_stage AS stage, ${room} AS room FROM experiments e
      WHERE experiment_id = ${experimentId}::bigint AND ${inScope(db)}
    ), tagged AS (
      INSERT INTO experiment_tags (key, value, experiment_id)
      SELECT ${tag.key}, ${tag.value}, experiment_id FROM experiment WHERE stage = 'active' AND room
      ON CONFLICT (key, experiment_id) DO UPDATE SET value = excluded.value
    )
    SELECT stage, room AS done FROM experiment`);
  checkActive(row, experimentId);
  if (!row.done) throw tooManyCustomViews(` for experiment ${experimentId}`);
}

export async function deleteExperimentTag(db: Db, id: string, key: string): Promise<void> {
  const experimentId = parseExperimentId(id);
  const [row] = await db.query<Active>(sql`
    WITH experiment AS (
      SELECT experiment_id, lifecycle_stage AS stage FROM experiments
      WHERE experiment_id = ${experimentId}::bigint AND ${inScope(db)}
    ), deleted AS (
      DELETE FROM experiment_tags t USING experiment
      WHERE t.experiment_id = experiment.experiment_id AND t.key = ${key} AND experiment.stage = 'active'
      RETURNING t.key
    )
    SELECT stage, EXISTS (SELECT FROM deleted) AS done FROM experiment`);
  checkActive(row, experimentId);
  if (!row.done) throw missing(`No tag with name: ${shown(key)} in experiment with id ${shown(id)}`);
}
