import { type Sql, sql } from "../../platform/db/sql.ts";

/** A searchable attribute: its column over the aliases r, e, rm, mv and lm. */
export interface Field {
  column: Sql;
  type: "text" | "integer";
}

export type Fields = Readonly<Record<string, Field>>;

const text = (column: Sql): Field => ({ column, type: "text" });
const integer = (column: Sql): Field => ({ column, type: "integer" });

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

export const experimentFields: Fields = {
  name: text(sql`e.name`),
  experiment_id: integer(sql`e.experiment_id`),
  creation_time: integer(sql`e.creation_time`),
  last_update_time: integer(sql`e.last_update_time`),
};

export const registeredModelFields: Fields = {
  name: text(sql`rm.name`),
};

/** Both spellings of the time order by the time of the last update. */
export const registeredModelOrderFields: Fields = {
  name: text(sql`rm.name`),
  timestamp: integer(sql`rm.last_updated_time`),
  last_updated_timestamp: integer(sql`rm.last_updated_time`),
};

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

/** The columns of a logged model: MLflow lets searches name any (store/tracking/dbmodels/models.py, SqlLoggedModel). */
export const loggedModelFields: Fields = {
  model_id: text(sql`lm.model_id`),
  experiment_id: integer(sql`lm.experiment_id`),
  name: text(sql`lm.name`),
  artifact_location: text(sql`lm.artifact_location`),
  creation_timestamp_ms: integer(sql`lm.creation_timestamp_ms`),
  last_updated_timestamp_ms: integer(sql`lm.last_updated_timestamp_ms`),
  status: integer(sql`lm.status`),
  lifecycle_stage: text(sql`lm.lifecycle_stage`),
  model_type: text(sql`lm.model_type`),
  source_run_id: text(sql`lm.source_run_id`),
  status_message: text(sql`lm.status_message`),
};

export const loggedModelAliases: ReadonlyMap<string, string> = new Map([
  ["creation_time", "creation_timestamp_ms"],
  ["creation_timestamp", "creation_timestamp_ms"],
  ["last_updated_timestamp", "last_updated_timestamp_ms"],
]);

/** Numbers by which the database keeps a logged model's status. */
export const loggedModelStatuses: Readonly<Record<string, number>> = {
  UNSPECIFIED: 0,
  PENDING: 1,
  READY: 2,
  FAILED: 3,
};
