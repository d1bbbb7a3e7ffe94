import { type Fields, integer, text } from "../mlflow/search/fields.ts";
import { sql } from "../platform/db/sql.ts";

export const modelVersionFields: Fields = {
  name: text(sql`mv.name`),
  version_number: integer(sql`mv.version`),
  run_id: text(sql`mv.run_id`),
  source_path: text(sql`mv.source`),
};

export const modelVersionOrderFields: Fields = {
  name: text(sql`mv.name`),
  version_number: integer(sql`mv.version`),
  creation_timestamp: integer(sql`mv.creation_time`),
  last_updated_timestamp: integer(sql`mv.last_updated_time`),
};
