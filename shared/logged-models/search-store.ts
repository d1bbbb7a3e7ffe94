/** Searching logged models (mlflow/store/tracking/sqlalchemy_store.py, search_logged_models). */

import { readableExperiments } from "../access/readable.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { modelText } from "./store.ts";

export interface LoggedModelSearch {
  experimentIds: string[];
  /** A condition on `lm`. */
  where: Sql;
  /** Joins that `orderBy` needs. */
  joins: Sql;
  orderBy: Sql;
  limit: number;
  offset: number;
}

/** The models of one page as JSON text, deleted ones left out, and whether there are more. */
export async function searchLoggedModels(
  db: Db,
  search: LoggedModelSearch,
): Promise<{ models: string | null; more: boolean }> {
  const [row] = await db.query<{ models: string | null; more: boolean }>(sql`
    WITH page AS MATERIALIZED (
      SELECT lm.*, row_number() OVER () AS place FROM (
        SELECT lm.* FROM logged_models lm ${search.joins}
        WHERE ${isOneOf(sql`lm.experiment_id`, readableExperiments(db, search.experimentIds, "logged_model"), sql`bigint`)}
          AND lm.lifecycle_stage <> 'deleted' AND ${search.where}
        ORDER BY ${search.orderBy} OFFSET ${search.offset} LIMIT ${search.limit + 1}) lm
    )
    SELECT '[' || string_agg(${modelText(db)}, ',' ORDER BY place) FILTER (WHERE place <= ${search.limit}) || ']' AS models,
      count(*) > ${search.limit} AS more
    FROM page lm`);
  return row!;
}
