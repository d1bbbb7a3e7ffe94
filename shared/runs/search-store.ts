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
  effort?: "little" | "wide";
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
  const ask = (effort: Asked["effort"]) => {
    const asked = { ...search, isSmall, effort };
    return db.query<Row>(one === undefined ? ofExperiments(db, asked, ids) : ofOneExperiment(db, asked, one, ids));
  };
  let rows = await ask("little");
  if (one !== undefined && rows[0]?.large === false) facts?.note("small", scope, "yes");
  if (rows[0]?.cut && runsOf(rows).length <= search.limit) rows = await ask("wide");
  const runs = runsOf(rows);
  return { runs: runs.slice(0, search.limit), more: runs.length > search.limit };
}

/** A row for each run: one text of a large page would be copied several times on its way. */
interface Row {
  /** None where there is no run at all. */
  run: string | null;
  large?: boolean;
  cut?: boolean;
}

const runsOf = (rows: readonly Row[]): string[] => rows.flatMap(({ run }) => run ?? []);

const keyOf = ({ view, limit, offset, filter, orderBy, isSmall, effort }: Asked) =>
  JSON.stringify([view, limit, offset, filter, orderBy, isSmall, effort]);

const ofOneExperiment = composedBy(keyOf, (db, asked: Asked, id, ids) => {
  const stages = stagesOf(asked.view);
  const scope = scopeOf(inExperiment(sql`r.experiment_id`, id), stages);
  // An index has all that is searched in one place, ordered by time, where it is of one stage.
  if (stages.length > 1) return searchStatement(db, asked, { scope, ...inPlaces(ids, stages) });
  const scopeByIndex = sql`SELECT FROM runs r WHERE ${scope} ORDER BY r.start_time DESC`;
  return searchStatement(db, asked, { scope, scopeByIndex });
});

const ofExperiments = composedBy(keyOf, (db, asked: Asked, ids) => {
  const stages = stagesOf(asked.view);
  const scope = scopeOf(sql`r.experiment_id = ANY(${ids}::int[])`, stages);
  return searchStatement(db, asked, { scope, ...inPlaces(ids, stages) });
});

const scopeOf = (experiments: Sql, stages: readonly string[]): Sql =>
  sql`${experiments}
    AND ${isOneOf(sql`r.lifecycle_stage`, stages, sql`text`)}`;

type Within = Pick<PageSearch, "scope" | "scopeByIndex" | "parts">;

/** Each experiment and stage by its place in the index: else PostgreSQL may read the whole table. */
function inPlaces(ids: unknown, stages: readonly string[]): Pick<Within, "scopeByIndex" | "parts"> {
  const from = sql`unnest(${ids}::int[]) part_of, unnest(${stages}::text[]) stage`;
  const scope = sql`r.experiment_id = part_of AND r.lifecycle_stage = stage`;
  const byIndex = sql`SELECT FROM ${from}, LATERAL (SELECT FROM runs r WHERE ${scope} ORDER BY r.start_time DESC OFFSET 0) r`;
  return { scopeByIndex: byIndex, parts: { from, scope } };
}

function searchStatement(
  db: Db,
  { filter, orderBy, limit, offset, isSmall, effort }: Asked,
  { parts, ...within }: Within,
): Sql {
  const order = orderSql(runSearch, orderBy);
  const newestFirst = order.orderBy.text === orderSql(runSearch).orderBy.text;
  const { ctes, page, isLarge, isCut } = pageOf({
    filter: filterOf(runSearch, filter),
    ...order,
    ...within,
    isSmall,
    effort,
    sorted: parts !== undefined,
    inOrder: newestFirst && !parts,
    parts: newestFirst ? parts : undefined,
    limit,
    offset,
    table: sql`runs r`,
    alias: sql`r`,
    id: sql`run_uuid`,
  });
  const rows = sql`(SELECT r.*, row_number() OVER () AS place FROM (${page}) r) r`;
  // What is known of the search stands beside its runs, and alone where there are none.
  const known = isLarge && sql`(SELECT ${isLarge} AS large, ${isCut ?? sql`FALSE`} AS cut) known`;
  return sql`
    ${ctes}SELECT CASE WHEN place <= ${limit} THEN ${runText(db, "dataset inputs")} WHEN place > ${limit} THEN '' END AS run${known ? sql`, large, cut` : empty}
    FROM ${known ? sql`${known} LEFT JOIN ${rows} ON TRUE` : rows} ORDER BY place`;
}
