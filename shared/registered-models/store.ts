/** Registered models (mlflow/store/model_registry/sqlalchemy_store.py). */

import { creatorsGrant } from "../access/creator.ts";
import { dropsModelGrants, moveModelGrants } from "../access/model-grants.ts";
import { andReadableModel, andVersions } from "../access/readable.ts";
import { jsonText, keyValues, lastByKey, nowMillis } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import { filterSql, orderSql } from "../mlflow/search/compile.ts";
import { versionJson } from "../model-versions/json.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { sqlState } from "../platform/db/errors.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { registeredModelErrors } from "./errors.ts";
import { isPrompt, isPromptNamed, isTrue, promptTag } from "./prompts.ts";
import { registeredModelSearch } from "./search.ts";

/** A registered model's JSON; `rm` is the model. Its latest versions are the highest of each stage, without aliases. */
const modelJson = (db: Db, tags: Sql): Sql => sql`json_build_object('name', rm.name,
  'creation_timestamp', rm.creation_time, 'last_updated_timestamp', nullif(rm.last_updated_time, 0),
  'description', nullif(rm.description, ''),
  'latest_versions', (SELECT json_agg(${versionJson(db, sql`NULL`)} ORDER BY mv.version) FROM (
    SELECT DISTINCT ON (current_stage) * FROM model_versions
    WHERE workspace = rm.workspace AND name = rm.name AND current_stage <> 'Deleted_Internal'${andVersions(db, isPromptNamed(sql`rm`))}
    ORDER BY current_stage, version DESC) mv),
  'tags', ${tags},
  'aliases', (SELECT json_agg(json_build_object('alias', a.alias, 'version', a.version::text) ORDER BY a.alias)
    FROM registered_model_aliases a WHERE a.workspace = rm.workspace AND a.name = rm.name))`;

const storedTags = sql`(SELECT ${keyValues(sql`t`)} FROM registered_model_tags t WHERE t.workspace = rm.workspace AND t.name = rm.name)`;

const answer = (model: Sql) => jsonText(sql`json_build_object('registered_model', ${model})`);

/** `{"registered_model": ...}` */
export async function getRegisteredModel(db: Db, name: string): Promise<string> {
  const found = await db.text(
    sql`SELECT ${answer(modelJson(db, storedTags))} FROM registered_models rm WHERE ${inScope(db, "rm")} AND rm.name = ${name}`,
  );
  if (found === undefined) throw registeredModelErrors.notFound(name);
  return found;
}

export interface NewRegisteredModel {
  name: string;
  description: string;
  tags: KeyValue[];
}

/** Creates a model and answers `{"registered_model": ...}`. One of several concurrent creations of a name wins. */
export async function createRegisteredModel(db: Db, model: NewRegisteredModel): Promise<string> {
  const created = await db.text(sql`
    WITH created AS (
      INSERT INTO registered_models (workspace, name, creation_time, last_updated_time, description)
      SELECT ${db.scope.workspace}, ${model.name}, now, now, ${model.description} FROM (SELECT ${nowMillis} AS now) clock
      ON CONFLICT DO NOTHING
      RETURNING *
    ), tagged AS (
      INSERT INTO registered_model_tags (workspace, name, key, value)
      SELECT ${db.scope.workspace}, created.name, t.key, t.value
      FROM created, json_to_recordset(${JSON.stringify(lastByKey(model.tags))}::json) AS t(key text, value text)
      RETURNING key, value
    )${creatorsGrant(db, isPrompt(model.tags) ? "prompt" : "registered_model", sql`SELECT name AS id FROM created`)}
    SELECT ${answer(modelJson(db, sql`(SELECT ${keyValues(sql`t`)} FROM tagged t)`))} FROM created rm`);
  if (created === undefined) throw await alreadyExists(db, model);
  return created;
}

async function alreadyExists(db: Db, { name, tags }: NewRegisteredModel): Promise<MlflowError> {
  const tag = await db.text(
    sql`SELECT value FROM registered_model_tags WHERE ${inScope(db)} AND name = ${name} AND key = ${promptTag}`,
  );
  const entity = (prompt: boolean) => (prompt ? "Prompt" : "Registered Model");
  const [old, wanted] = [entity(isTrue(tag)), entity(isPrompt(tags))];
  const message =
    old === wanted
      ? `${wanted} (name=${name}) already exists.`
      : `Tried to create a ${wanted.toLowerCase()} with name '${name}', but the name is already taken by a ` +
        `${old.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`;
  return new MlflowError("RESOURCE_ALREADY_EXISTS", message);
}

export async function updateRegisteredModel(db: Db, name: string, description: string): Promise<string> {
  const updated = await db.text(sql`
    WITH updated AS (
      UPDATE registered_models SET description = ${description}, last_updated_time = ${nowMillis}
      WHERE ${inScope(db)} AND name = ${name}
      RETURNING *
    )
    SELECT ${answer(modelJson(db, storedTags))} FROM updated rm`);
  if (updated === undefined) throw registeredModelErrors.notFound(name);
  return updated;
}

/**
 * Renames a model with all it has, in the caller's transaction: versions, tags and aliases follow by their foreign
 * keys.
 */
export async function renameRegisteredModel(db: Db, name: string, newName: string): Promise<string> {
  const renaming = db.query(sql`
    WITH touched AS (
      UPDATE model_versions SET last_updated_time = ${nowMillis} WHERE ${inScope(db)} AND name = ${name}
    )
    UPDATE registered_models SET name = ${newName}, last_updated_time = ${nowMillis}
    WHERE ${inScope(db)} AND name = ${name}
    RETURNING name`);
  const renamed = await renaming.catch((error: unknown) => {
    if (sqlState(error) !== "23505") throw error;
    throw new MlflowError("RESOURCE_ALREADY_EXISTS", `Registered Model (name=${shown(newName)}) already exists.`);
  });
  if (renamed.length === 0) throw registeredModelErrors.notFound(name);
  await moveModelGrants(db, name, newName);
  return getRegisteredModel(db, newName);
}

/** Deletes a model with its versions, tags and aliases. Foreign keys are checked when all of them are gone. */
export async function deleteRegisteredModel(db: Db, name: string): Promise<void> {
  const own = sql`${inScope(db)} AND name = ${name}`;
  const deleted = await db.query(sql`
    WITH version_tags AS (DELETE FROM model_version_tags WHERE ${own}),
      versions AS (DELETE FROM model_versions WHERE ${own}),
      tags AS (DELETE FROM registered_model_tags WHERE ${own}),
      aliases AS (DELETE FROM registered_model_aliases WHERE ${own})${dropsModelGrants(db, name)}
    DELETE FROM registered_models WHERE ${own} RETURNING name`);
  if (deleted.length === 0) throw registeredModelErrors.notFound(name);
}

export interface RegistrySearch {
  filter: string | undefined;
  orderBy: readonly string[];
  limit: number;
  offset: number;
}

/** @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message, for a filter or an order that is none */
export function checkSearch({ filter, orderBy }: Pick<RegistrySearch, "filter" | "orderBy">): void {
  filterSql(registeredModelSearch, filter);
  orderSql(registeredModelSearch, orderBy);
}

const searchStatement = composedBy(
  ({ filter, orderBy, limit, offset }: RegistrySearch) => JSON.stringify([filter, orderBy, limit, offset]),
  (db, { filter, limit, offset, ...asked }) => {
    const where = filterSql(registeredModelSearch, filter);
    const { joins, orderBy } = orderSql(registeredModelSearch, asked.orderBy);
    return sql`
    WITH page AS MATERIALIZED (
      SELECT rm.*, row_number() OVER () AS place FROM (
        SELECT rm.* FROM registered_models rm ${joins}
        WHERE ${inScope(db, "rm")} AND ${where}${andReadableModel(db, sql`rm.name`, isPromptNamed(sql`rm`))}
        ORDER BY ${orderBy} OFFSET ${offset} LIMIT ${limit + 1}) rm
    )
    SELECT json_strip_nulls(json_agg(${modelJson(db, storedTags)} ORDER BY place) FILTER (WHERE place <= ${limit}))::text AS models,
      count(*) > ${limit} AS more
    FROM page rm`;
  },
);

/** The registered models of one page as JSON text, and whether there are more. @throws MlflowError as checkSearch */
export async function searchRegisteredModels(
  db: Db,
  search: RegistrySearch,
): Promise<{ models: string | null; more: boolean }> {
  const [row] = await db.query<{ models: string | null; more: boolean }>(searchStatement(db, search));
  return row!;
}

/** Sets a tag. Where there are permissions, which tell models and prompts apart, no tag makes one the other. */
export async function setRegisteredModelTag(db: Db, name: string, tag: KeyValue): Promise<void> {
  await refuseFlip(db, name, tag.key, isTrue(tag.value));
  const tagged = await db.query(sql`
    INSERT INTO registered_model_tags (workspace, name, key, value)
    SELECT workspace, name, ${tag.key}, ${tag.value} FROM registered_models WHERE ${inScope(db)} AND name = ${name}
    ON CONFLICT (workspace, key, name) DO UPDATE SET value = excluded.value
    RETURNING key`);
  if (tagged.length === 0) throw registeredModelErrors.notFound(name);
}

async function refuseFlip(db: Db, name: string, key: string, prompt: boolean): Promise<void> {
  if (key !== promptTag || !db.scope.owner) return;
  const flips = await db.query(sql`
    SELECT FROM registered_models rm WHERE ${inScope(db, "rm")} AND rm.name = ${name} AND ${isPromptNamed(sql`rm`)} <> ${prompt}`);
  if (flips.length > 0) throw invalid(`The tag '${promptTag}' can't be changed: it decides which permissions apply.`);
}

/** Deletes a tag where the model has it. */
export async function deleteRegisteredModelTag(db: Db, name: string, key: string): Promise<void> {
  await refuseFlip(db, name, key, false);
  const found = await db.query(sql`
    WITH deleted AS (DELETE FROM registered_model_tags WHERE ${inScope(db)} AND name = ${name} AND key = ${key})
    SELECT name FROM registered_models WHERE ${inScope(db)} AND name = ${name}`);
  if (found.length === 0) throw registeredModelErrors.notFound(name);
}
