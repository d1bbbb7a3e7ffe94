import { type Fields, integer, text } from "../mlflow/search/fields.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

/** Attributes of runs (mlflow/entities/run_info.py). A run's name is filtered by its tag and ordered by its column. */
export const runFields: Fields = {
  artifact_uri: text(sql`r.artifact_uri`),
  end_time: integer(sql`r.end_time`),
  run_id: text(sql`r.run_uuid`),
  run_name: text(sql`r.name`),
  start_time: integer(sql`r.start_time`),
  status: text(sql`r.status`),
  user_id: text(sql`r.user_id`),
};

/** Other spellings of runs' attributes that searches know. */
export const runAliases: ReadonlyMap<string, string> = new Map([
  ["created", "start_time"],
  ["Created", "start_time"],
  ["run name", "run_name"],
  ["Run name", "run_name"],
  ["Run Name", "run_name"],
]);

export const datasetFields: Readonly<Record<string, Sql>> = {
  name: sql`d.name`,
  digest: sql`d.digest`,
  context: sql`t.value`,
};
