/** Aliases of registered models (mlflow/store/model_registry/sqlalchemy_store.py). */

import { jsonText } from "../mlflow/json-sql.ts";
import { inScope } from "../mlflow/scope.ts";
import { modelVersionErrors } from "../model-versions/errors.ts";
import { versionAliases, versionJson } from "../model-versions/json.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { registeredModelErrors } from "./errors.ts";

export async function setAlias(db: Db, name: string, alias: string, version: string): Promise<void> {
  const set = await db.query(sql`
    INSERT INTO registered_model_aliases (workspace, name, alias, version)
    SELECT mv.workspace, mv.name, ${alias}, mv.version FROM model_versions mv
    WHERE ${inScope(db, "mv")} AND mv.name = ${name} AND mv.version = ${version}::bigint
      AND mv.current_stage <> 'Deleted_Internal'
    ON CONFLICT (workspace, name, alias) DO UPDATE SET version = excluded.version
    RETURNING alias`);
  if (set.length === 0) throw modelVersionErrors.notFound(name, version);
}

/** Deletes an alias where the model has it. */
export async function deleteAlias(db: Db, name: string, alias: string): Promise<void> {
  const found = await db.query(sql`
    WITH deleted AS (DELETE FROM registered_model_aliases WHERE ${inScope(db)} AND name = ${name} AND alias = ${alias})
    SELECT name FROM registered_models WHERE ${inScope(db)} AND name = ${name}`);
  if (found.length === 0) throw registeredModelErrors.notFound(name);
}

/** `{"model_version": ...}` of the version an alias stands for; `latest` is the highest version. */
export async function getVersionByAlias(db: Db, name: string, alias: string): Promise<string> {
  const latest = alias.toLowerCase() === "latest";
  const target = latest
    ? sql`(SELECT max(version) FROM model_versions v
        WHERE v.workspace = rm.workspace AND v.name = rm.name AND v.current_stage <> 'Deleted_Internal')`
    : sql`(SELECT version FROM registered_model_aliases a
        WHERE a.workspace = rm.workspace AND a.name = rm.name AND a.alias = ${alias})`;
  const [row] = await db.query<{ version: string | null; answer: string | null }>(sql`
    SELECT target.version::text AS version,
      (SELECT ${jsonText(sql`json_build_object('model_version', ${versionJson(db, versionAliases)})`)} FROM model_versions mv
        WHERE mv.workspace = rm.workspace AND mv.name = rm.name AND mv.version = target.version
          AND mv.current_stage <> 'Deleted_Internal') AS answer
    FROM registered_models rm, LATERAL (SELECT ${target} AS version) target
    WHERE ${inScope(db, "rm")} AND rm.name = ${name}`);
  if (!row) throw registeredModelErrors.notFound(name);
  if (row.version === null)
    throw latest
      ? missing(`Latest version not found for model ${shown(name)}.`)
      : registeredModelErrors.aliasNotFound(alias);
  if (row.answer === null) throw modelVersionErrors.notFound(name, row.version);
  return row.answer;
}
