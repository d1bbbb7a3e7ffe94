/** Searching runs (mlflow/store/tracking/sqlalchemy_store.py, _search_runs). */

import { readableExperiments } from "../access/readable.ts";
import { stagesOf, type ViewType } from "../experiments/store.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import { filterOf, orderSql } from "../mlflow/search/compile.ts";
import { inExperiment, type PageSearch, pageOf } from "../mlflow/search/page.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { empty, type Sql, sql } from "../platform/db/sql.ts";
import type { Facts } from "../platform/identity/facts.ts";
import { runSearch } from "./search.ts";
import { runText } from "./store.ts";

/** A search, but for its experiments. */
interface Asked {
  view: ViewType;
  filter: string | undefined;
  orderBy: readonly string[];
  limit: number;
  offset: number;
  /** The experiment had few runs a moment ago. */
  isSmall?: boolean;
}

export interface RunSearch extends Asked {
  experimentIds: string[];
}

/** Milliseconds for which an experiment that had few runs is taken for one that still has. */
const smallFor = 60_000;

/**
 * The runs of one page, each as JSON text, and whether there are more.
 * @param facts which experiments are small: a statement with all ways takes longer to begin than to look at their runs
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message, for a filter or an order that is none
 */
export async function searchRuns(db: Db, search: RunSearch, facts?: Facts): Promise<{ runs: string[]; more: boolean }> {
  const ids = readableExperiments(db, search.experimentIds, "run");
  const one = ids.length === 1 ? ids[0] : undefined;
  const scope = `${one}/${search.view}`;
  const isSmall = one !== undefined && facts?.get("small", scope, smallFor) !== undefined;
  const statement =
    one === undefined ? ofExperiments(db, search, ids) : ofOneExperiment(db, { ...search, isSmall }, one, ids);
  // A row for each run: one text of a large page would be copied several times on its way.
  const rows = await db.query<{ run: string; large?: boolean }>(statement);
  if (one !== undefined && rows[0]?.large === false) facts?.note("small", scope, "yes");
  const runs = rows.slice(0, search.limit).map(({ run }) => run);
  return { runs, more: rows.length > search.limit };
}

const keyOf = ({ view, limit, offset, filter, orderBy, isSmall }: Asked) =>
  JSON.stringify([view, limit, offset, filter, orderBy, isSmall]);

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
  { filter, orderBy, limit, offset, isSmall }: Asked,
  within: Pick<PageSearch, "scope" | "scopeByIndex" | "sorted">,
): Sql {
  const { ctes, page, isLarge } = pageOf({
    filter: filterOf(runSearch, filter),
    ...orderSql(runSearch, orderBy),
    ...within,
    isSmall,
    limit,
    offset,
    table: sql`runs r`,
    alias: sql`r`,
    id: sql`run_uuid`,
  });
  return sql`
    ${ctes}SELECT CASE WHEN place <= ${limit} THEN ${runText(db, "dataset inputs")} ELSE '' END AS run${isLarge ? sql`, ${isLarge} AS large` : empty} FROM (
      SELECT r.*, row_number() OVER () AS place FROM (${page}) r
    ) r ORDER BY place`;
}
