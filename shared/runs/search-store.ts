/** Searching runs (mlflow/store/tracking/sqlalchemy_store.py, _search_runs). */

import { readableExperiments } from "../access/readable.ts";
import { stagesOf, type ViewType } from "../experiments/store.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import { filterOf, orderSql } from "../mlflow/search/compile.ts";
import { inExperiment, type PageSearch, pageOf } from "../mlflow/search/page.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { runSearch } from "./search.ts";
import { runText } from "./store.ts";

/** A search, but for its experiments. */
interface Asked {
  view: ViewType;
  filter: string | undefined;
  orderBy: readonly string[];
  limit: number;
  offset: number;
}

export interface RunSearch extends Asked {
  experimentIds: string[];
}

/**
 * The runs of one page, each as JSON text, and whether there are more.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message, for a filter or an order that is none
 */
export async function searchRuns(db: Db, search: RunSearch): Promise<{ runs: string[]; more: boolean }> {
  const ids = readableExperiments(db, search.experimentIds, "run");
  const statement = ids.length === 1 ? ofOneExperiment(db, search, ids[0], ids) : ofExperiments(db, search, ids);
  // A row for each run: one text of a large page would be copied several times on its way.
  const rows = await db.query<{ run: string }>(statement);
  const runs = rows.slice(0, search.limit).map(({ run }) => run);
  return { runs, more: rows.length > search.limit };
}

const keyOf = ({ view, limit, offset, filter, orderBy }: Asked) =>
  JSON.stringify([view, limit, offset, filter, orderBy]);

const ofOneExperiment = composedBy(keyOf, (db, asked: Asked, id, ids) => {
  const stages = stagesOf(asked.view);
  const scope = scopeOf(inExperiment(sql`r.experiment_id`, id), stages);
  // An index has all that is searched in one place, ordered by time, where it is of one stage.
  const inOrder = stages.length === 1 ? sql`SELECT FROM runs r WHERE ${scope} ORDER BY r.start_time DESC` : undefined;
  return searchStatement(db, asked, { scope, scopeByIndex: inOrder ?? oneByOne(ids, stages), sorted: !inOrder });
});

const ofExperiments = composedBy(keyOf, (db, asked: Asked, ids) => {
  const stages = stagesOf(asked.view);
  const scope = scopeOf(sql`r.experiment_id = ANY(${ids}::int[])`, stages);
  return searchStatement(db, asked, { scope, scopeByIndex: oneByOne(ids, stages), sorted: true });
});

const scopeOf = (experiments: Sql, stages: readonly string[]): Sql =>
  sql`${experiments}
    AND ${isOneOf(sql`r.lifecycle_stage`, stages, sql`text`)}`;

/** Several experiments one after the other, each by its index: else PostgreSQL may read the whole table. */
const oneByOne = (ids: unknown, stages: readonly string[]): Sql =>
  sql`SELECT FROM unnest(${ids}::int[]) e, unnest(${stages}::text[]) stage,
    LATERAL (SELECT FROM runs WHERE experiment_id = e AND lifecycle_stage = stage ORDER BY start_time DESC OFFSET 0) r`;

function searchStatement(
  db: Db,
  { filter, orderBy, limit, offset }: Asked,
  within: Pick<PageSearch, "scope" | "scopeByIndex" | "sorted">,
): Sql {
  const { ctes, page } = pageOf({
    filter: filterOf(runSearch, filter),
    ...orderSql(runSearch, orderBy),
    ...within,
    limit,
    offset,
    table: sql`runs r`,
    alias: sql`r`,
    id: sql`run_uuid`,
  });
  return sql`
    ${ctes}SELECT CASE WHEN place <= ${limit} THEN ${runText(db, "dataset inputs")} ELSE '' END AS run FROM (
      SELECT r.*, row_number() OVER () AS place FROM (${page}) r
    ) r ORDER BY place`;
}
