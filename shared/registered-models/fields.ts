import { type Fields, integer, text } from "../mlflow/search/fields.ts";
import { sql } from "../platform/db/sql.ts";

export const registeredModelFields: Fields = {
  name: text(sql`rm.name`),
};

/** Both spellings of the time order by the time of the last update. */
export const registeredModelOrderFields: Fields = {
  name: text(sql`rm.name`),
  timestamp: integer(sql`rm.last_updated_time`),
  last_updated_timestamp: integer(sql`rm.last_updated_time`),
};
