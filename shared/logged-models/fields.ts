import { type Fields, integer, text } from "../mlflow/search/fields.ts";
import { sql } from "../platform/db/sql.ts";

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
