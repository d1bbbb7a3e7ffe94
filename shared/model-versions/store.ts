/** Model versions (mlflow/store/model_registry/sqlalchemy_store.py). */

import { andReadableModel } from "../access/readable.ts";
import { jsonText, keyValues, lastByKey, nowMillis } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import { filterSql, orderSql } from "../mlflow/search/compile.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { empty, type Sql, sql } from "../platform/db/sql.ts";
import { registeredModelErrors } from "../registered-models/errors.ts";

import { isPromptNamed } from "../registered-models/prompts.ts";
import type { RegistrySearch } from "../registered-models/store.ts";
import { modelVersionErrors } from "./errors.ts";

import { versionAliases, versionJson } from "./json.ts";
import { modelVersionSearch } from "./search.ts";

const answer = (version: Sql) => jsonText(sql`json_build_object('model_version', ${version})`);

const isVersion = (db: Db, name: string, version: string) => sql`${inScope(db, "mv")} AND mv.name = ${name}
  AND mv.version = ${version}::bigint AND mv.current_stage <> 'Deleted_Internal'`;

/** `{"model_version": ...}` */
export async function getModelVersion(db: Db, name: string, version: string): Promise<string> {
  const found = await db.text(
    sql`SELECT ${answer(versionJson(db, versionAliases))} FROM model_versions mv WHERE ${isVersion(db, name, version)}`,
  );
  if (found === undefined) throw modelVersionErrors.notFound(name, version);
  return found;
}

export interface NewModelVersion {
  name: string;
  source: string;
  storageLocation: string;
  runId: string;
  runLink: string;
  description: string;
  tags: KeyValue[];
}

export interface CreatedVersion {
  version: string;
  /** `{"model_version": ...}` */
  answer: string;
}

/**
 * Creates the model's next version, in the caller's transaction. The model's row is locked by a statement of its own:
 * the next one then sees every version that was committed before, so that concurrent creations number themselves one by
 * one.
 */
export async function createModelVersion(db: Db, created: NewModelVersion): Promise<CreatedVersion> {
  const locked = await db.query(sql`
    UPDATE registered_models SET last_updated_time = ${nowMillis} WHERE ${inScope(db)} AND name = ${created.name}
    RETURNING name`);
  if (locked.length === 0) throw registeredModelErrors.notFound(created.name);
  const [row] = await db.query<CreatedVersion>(sql`
    WITH created AS (
      INSERT INTO model_versions (workspace, name, version, creation_time, last_updated_time, description, current_stage,
        source, storage_location, run_id, run_link, status)
      SELECT ${db.scope.workspace}, ${created.name},
        (SELECT coalesce(max(version), 0) + 1 FROM model_versions WHERE ${inScope(db)} AND name = ${created.name}),
        now, now, ${created.description}, 'None', ${created.source}, ${created.storageLocation}, ${created.runId},
        ${created.runLink}, 'READY'
      FROM (SELECT ${nowMillis} AS now) clock
      RETURNING *
    ), tagged AS (
      INSERT INTO model_version_tags (workspace, name, version, key, value)
      SELECT ${db.scope.workspace}, created.name, created.version, t.key, t.value
      FROM created, json_to_recordset(${JSON.stringify(lastByKey(created.tags))}::json) AS t(key text, value text)
      RETURNING key, value
    )
    SELECT mv.version::text AS version,
      ${answer(versionJson(db, versionAliases, sql`(SELECT ${keyValues(sql`t`)} FROM tagged t)`))} AS answer
    FROM created mv`);
  return row!;
}

export async function updateModelVersion(
  db: Db,
  name: string,
  version: string,
  description: string | undefined,
): Promise<string> {
  const updated = await db.text(sql`
    WITH updated AS (
      UPDATE model_versions mv SET description = ${description ?? null}, last_updated_time = ${nowMillis}
      WHERE ${isVersion(db, name, version)}
      RETURNING *
    )
    SELECT ${answer(versionJson(db, versionAliases))} FROM updated mv`);
  if (updated === undefined) throw modelVersionErrors.notFound(name, version);
  return updated;
}

export interface Transition {
  stage: string;
  /** Also move the versions that are in the stage to Archived. */
  archiveExisting: boolean;
}

export async function transitionStage(
  db: Db,
  name: string,
  version: string,
  { stage, archiveExisting }: Transition,
): Promise<string> {
  const moved = await db.text(sql`
    WITH model AS (
      UPDATE registered_models rm SET last_updated_time = ${nowMillis}
      FROM model_versions mv WHERE rm.workspace = mv.workspace AND rm.name = mv.name AND ${isVersion(db, name, version)}
      RETURNING rm.name
    ), archived AS (
      UPDATE model_versions mv SET current_stage = 'Archived', last_updated_time = ${nowMillis}
      FROM model WHERE ${archiveExisting}::bool AND ${inScope(db, "mv")} AND mv.name = model.name
        AND mv.version <> ${version}::bigint AND mv.current_stage = ${stage}
    ), moved AS (
      UPDATE model_versions mv SET current_stage = ${stage}, last_updated_time = ${nowMillis}
      FROM model WHERE mv.name = model.name AND ${isVersion(db, name, version)}
      RETURNING mv.*
    )
    SELECT ${answer(versionJson(db, versionAliases))} FROM moved mv`);
  if (moved === undefined) throw modelVersionErrors.notFound(name, version);
  return moved;
}

/** Empties a version and takes its aliases; the row stays, so that its number is never given again. */
export async function deleteModelVersion(db: Db, name: string, version: string): Promise<void> {
  const deleted = await db.query(sql`
    WITH deleted AS (
      UPDATE model_versions mv SET current_stage = 'Deleted_Internal', last_updated_time = ${nowMillis}, description = NULL,
        user_id = NULL, source = 'REDACTED-SOURCE-PATH', run_id = 'REDACTED-RUN-ID', run_link = 'REDACTED-RUN-LINK',
        status_message = NULL
      WHERE ${isVersion(db, name, version)}
      RETURNING mv.name, mv.version
    ), model AS (
      UPDATE registered_models rm SET last_updated_time = ${nowMillis}
      FROM deleted WHERE ${inScope(db, "rm")} AND rm.name = deleted.name
    ), aliases AS (
      DELETE FROM registered_model_aliases a USING deleted
      WHERE ${inScope(db, "a")} AND a.name = deleted.name AND a.version = deleted.version
    )
    SELECT name FROM deleted`);
  if (deleted.length === 0) throw modelVersionErrors.notFound(name, version);
}

/** Where the version's files are: what `models:/` sources were resolved to when it was created. */
export async function getDownloadUri(db: Db, name: string, version: string): Promise<string> {
  const uri = await db.text(
    sql`SELECT coalesce(nullif(storage_location, ''), source) FROM model_versions mv WHERE ${isVersion(db, name, version)}`,
  );
  if (uri === undefined) throw modelVersionErrors.notFound(name, version);
  return uri;
}

/** The highest version of each of these stages, as a JSON array; null for none. */
export async function getLatestVersions(db: Db, name: string, stages: string[]): Promise<string | null> {
  const [row] = await db.query<{ versions: string | null }>(sql`
    SELECT (SELECT json_strip_nulls(json_agg(${versionJson(db, versionAliases)} ORDER BY mv.version))::text FROM (
      SELECT DISTINCT ON (current_stage) * FROM model_versions
      WHERE workspace = rm.workspace AND name = rm.name AND current_stage = ANY(${stages}::text[])
      ORDER BY current_stage, version DESC) mv) AS versions
    FROM registered_models rm WHERE ${inScope(db, "rm")} AND rm.name = ${name}`);
  if (!row) throw registeredModelErrors.notFound(name);
  return row.versions;
}

/** @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message, for a filter or an order that is none */
export function checkSearch({ filter, orderBy }: Pick<RegistrySearch, "filter" | "orderBy">): void {
  filterSql(modelVersionSearch, filter);
  orderSql(modelVersionSearch, orderBy);
}

const keyOf = ({ filter, orderBy, limit, offset }: RegistrySearch) => JSON.stringify([filter, orderBy, limit, offset]);

function searchStatement(db: Db, { filter, limit, offset, ...asked }: RegistrySearch, among: Sql): Sql {
  const where = filterSql(modelVersionSearch, filter);
  const { joins, orderBy } = orderSql(modelVersionSearch, asked.orderBy);
  return sql`
    WITH page AS MATERIALIZED (
      SELECT mv.*, row_number() OVER () AS place FROM (
        SELECT mv.* FROM model_versions mv ${joins}
        WHERE ${inScope(db, "mv")} AND mv.current_stage <> 'Deleted_Internal' AND ${among}${where}${andReadableModel(db, sql`mv.name`, isPromptNamed(sql`mv`), "versions")}
        ORDER BY ${orderBy} OFFSET ${offset} LIMIT ${limit + 1}) mv
    )
    SELECT json_strip_nulls(json_agg(${versionJson(db, sql`NULL`)} ORDER BY place) FILTER (WHERE place <= ${limit}))::text AS versions,
      count(*) > ${limit} AS more
    FROM page mv`;
}

const ofAny = composedBy(keyOf, (db, search: RegistrySearch) => searchStatement(db, search, empty));
const ofRuns = composedBy(keyOf, (db, search: RegistrySearch, runIds) =>
  searchStatement(db, search, sql`mv.run_id = ANY(${runIds}::text[]) AND `),
);

/**
 * The model versions of one page as JSON text, without aliases as in MLflow, and whether there are more.
 * @param runIds where given, only versions made from one of these runs
 * @throws MlflowError as checkSearch
 */
export async function searchModelVersions(
  db: Db,
  search: RegistrySearch,
  runIds?: readonly string[],
): Promise<{ versions: string | null; more: boolean }> {
  const statement = runIds ? ofRuns(db, search, runIds) : ofAny(db, search);
  const [row] = await db.query<{ versions: string | null; more: boolean }>(statement);
  return row!;
}

export async function setModelVersionTag(db: Db, name: string, version: string, tag: KeyValue): Promise<void> {
  const tagged = await db.query(sql`
    INSERT INTO model_version_tags (workspace, name, version, key, value)
    SELECT mv.workspace, mv.name, mv.version, ${tag.key}, ${tag.value} FROM model_versions mv WHERE ${isVersion(db, name, version)}
    ON CONFLICT (workspace, key, name, version) DO UPDATE SET value = excluded.value
    RETURNING key`);
  if (tagged.length === 0) throw modelVersionErrors.notFound(name, version);
}

/** Deletes a tag where the version has it. */
export async function deleteModelVersionTag(db: Db, name: string, version: string, key: string): Promise<void> {
  const found = await db.query(sql`
    WITH version AS (
      SELECT mv.name, mv.version FROM model_versions mv WHERE ${isVersion(db, name, version)}
    ), deleted AS (
      DELETE FROM model_version_tags t USING version
      WHERE ${inScope(db, "t")} AND t.name = version.name AND t.version = version.version AND t.key = ${key}
    )
    SELECT name FROM version`);
  if (found.length === 0) throw modelVersionErrors.notFound(name, version);
}
