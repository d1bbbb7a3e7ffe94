/** Searching runs (mlflow/store/tracking/sqlalchemy_store.py, _search_runs). */

import { readableExperiments } from "../access/readable.ts";
import { stagesOf, type ViewType } from "../experiments/store.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Filter, Ordering } from "../mlflow/search/compile.ts";
import { inExperiments, pageOf } from "../mlflow/search/page.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { runText } from "./store.ts";

export interface RunSearch extends Ordering {
  experimentIds: string[];
  view: ViewType;
  filter: Filter;
  limit: number;
  offset: number;
}

/** The runs of one page as JSON text, null for none, and whether there are more. */
export async function searchRuns(db: Db, search: RunSearch): Promise<{ runs: string | null; more: boolean }> {
  const { ctes, page } = pageOf({
    ...search,
    sorted: !isOneRange(db, search),
    table: sql`runs r`,
    alias: sql`r`,
    id: sql`run_uuid`,
    scope: scopeOf(db, search),
    scopeByIndex: scopeByIndex(db, search),
  });
  // A row for each run: one text of a large page would be copied several times on its way.
  const rows = await db.query<{ run: string }>(sql`
    ${ctes}SELECT CASE WHEN place <= ${search.limit} THEN ${runText(db, "dataset inputs")} ELSE '' END AS run FROM (
      SELECT r.*, row_number() OVER () AS place FROM (${page}) r
    ) r ORDER BY place`);
  const runs = rows.slice(0, search.limit).map(({ run }) => run);
  return { runs: runs.length > 0 ? `[${runs.join(",")}]` : null, more: rows.length > search.limit };
}

const scopeOf = (db: Db, { experimentIds, view }: RunSearch): Sql =>
  sql`${inExperiments(sql`r.experiment_id`, readableExperiments(db, experimentIds, "run"))}
    AND ${isOneOf(sql`r.lifecycle_stage`, stagesOf(view), sql`text`)}`;

/** Whether an index has all that is searched in one place, ordered by time. */
const isOneRange = (db: Db, { experimentIds, view }: RunSearch): boolean =>
  readableExperiments(db, experimentIds, "run").length === 1 && stagesOf(view).length === 1;

/** Several experiments one after the other, each by its index: else PostgreSQL may read the whole table. */
function scopeByIndex(db: Db, search: RunSearch): Sql {
  if (isOneRange(db, search)) return sql`SELECT FROM runs r WHERE ${scopeOf(db, search)} ORDER BY r.start_time DESC`;
  const experimentIds = readableExperiments(db, search.experimentIds, "run");
  return sql`SELECT FROM unnest(${experimentIds}::int[]) e, unnest(${stagesOf(search.view)}::text[]) stage,
    LATERAL (SELECT FROM runs WHERE experiment_id = e AND lifecycle_stage = stage ORDER BY start_time DESC OFFSET 0) r`;
}
