import { type Fields, integer, text } from "../mlflow/search/fields.ts";
import { sql } from "../platform/db/sql.ts";

export const experimentFields: Fields = {
  name: text(sql`e.name`),
  experiment_id: integer(sql`e.experiment_id`),
  creation_time: integer(sql`e.creation_time`),
  last_update_time: integer(sql`e.last_update_time`),
};
