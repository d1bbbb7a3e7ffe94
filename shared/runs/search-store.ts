/** Searching runs (mlflow/store/tracking/sqlalchemy_store.py, _search_runs). */

import { readableExperiments } from "../access/readable.ts";
import { stagesOf, type ViewType } from "../experiments/store.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { runText } from "./store.ts";

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

/** The runs of one page as JSON text, null for none, and whether there are more. */
export async function searchRuns(db: Db, search: RunSearch): Promise<{ runs: string | null; more: boolean }> {
  // A row for each run: one text of a large page would be copied several times on its way.
  const rows = await db.query<{ run: string }>(sql`
    SELECT CASE WHEN place <= ${search.limit} THEN ${runText(db, "dataset inputs")} ELSE '' END AS run FROM (
      SELECT r.*, row_number() OVER () AS place FROM (
        SELECT r.* FROM runs r ${search.joins}
        WHERE ${isOneOf(sql`r.experiment_id`, readableExperiments(db, search.experimentIds, "run"), sql`int`)}
          AND ${isOneOf(sql`r.lifecycle_stage`, stagesOf(search.view), sql`text`)} AND ${search.where}
        ORDER BY ${search.orderBy} OFFSET ${search.offset} LIMIT ${search.limit + 1}) r
    ) r ORDER BY place`);
  const runs = rows.slice(0, search.limit).map(({ run }) => run);
  return { runs: runs.length > 0 ? `[${runs.join(",")}]` : null, more: rows.length > search.limit };
}
