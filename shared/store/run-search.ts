/** Searching runs (mlflow/store/tracking/sqlalchemy_store.py, _search_runs). */
import type { Db } from "../db/database.ts";
import { type Sql, sql } from "../db/sql.ts";
import { stagesOf, type ViewType } from "./experiments.ts";
import { isOneOf } from "./json.ts";
import { runText } from "./runs.ts";

export interface RunSearch {
  experimentIds: string[];
  view: ViewType;
  /** A condition on `r`. */
  where: Sql;
  /** Joins that `orderBy` needs. */
  joins: Sql;
  orderBy: Sql;
  limit: number;
  offset: number;
}

/** The runs of one page as JSON text, and whether there are more. */
export async function searchRuns(db: Db, search: RunSearch): Promise<{ runs: string | null; more: boolean }> {
  const [row] = await db.query<{ runs: string | null; more: boolean }>(sql`
    WITH page AS MATERIALIZED (
      SELECT r.*, row_number() OVER () AS place FROM (
        SELECT r.* FROM runs r ${search.joins}
        WHERE ${isOneOf(sql`r.experiment_id`, search.experimentIds, sql`int`)}
          AND ${isOneOf(sql`r.lifecycle_stage`, stagesOf(search.view), sql`text`)} AND ${search.where}
        ORDER BY ${search.orderBy} OFFSET ${search.offset} LIMIT ${search.limit + 1}) r
    )
    SELECT '[' || string_agg(${runText("dataset inputs")}, ',' ORDER BY place) FILTER (WHERE place <= ${search.limit}) || ']' AS runs,
      count(*) > ${search.limit} AS more
    FROM page r`);
  return row!;
}
