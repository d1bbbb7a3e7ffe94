import { unlessDenied } from "../access/readable.ts";
import { keyValues } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

const storedTags = sql`(SELECT ${keyValues(sql`t`)} FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version)`;

/** The aliases of model version `mv`, as a JSON array. */
export const versionAliases = sql`(SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version)`;

/** A model version's JSON (mlflow/entities/model_registry/model_version.py); `mv` is the version. */
export const versionJson = (db: Db, aliases: Sql, tags = storedTags): Sql => sql`json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', ${unlessDenied(db, "run", sql`mv.run_id`)}, 'run_link', ${unlessDenied(db, "run", sql`mv.run_link`)}, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', ${tags}, 'aliases', ${aliases})`;
