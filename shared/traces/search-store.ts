/** Searching traces (mlflow/store/tracking/sqlalchemy_store.py, search_traces). */
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { isOutOfTime } from "../platform/db/errors.ts";
import { empty, type Sql, sql } from "../platform/db/sql.ts";
import type { TraceFilter } from "./search.ts";
import { traceSearchErrors } from "./search-errors.ts";
import { visibleParts } from "./store.ts";
import { traceInfoText, traceInfoV2Text } from "./text.ts";

export interface TraceSearch {
  /** Those of the experiments that can be read. */
  experimentIds: readonly string[];
  filter: TraceFilter;
  /** Joins that `orderBy` needs. */
  joins: Sql;
  orderBy: Sql;
  limit: number;
  offset: number;
}

/**
 * The traces of one page as JSON text, null for none, and whether there are more.
 * @param version of the API, whose form they have
 * @throws MlflowError INVALID_PARAMETER_VALUE where looking into texts took longer than a statement may
 */
export async function searchTraces(
  db: Db,
  search: TraceSearch,
  version: 2 | 3,
): Promise<{ traces: string | null; more: boolean }> {
  const info = version === 2 ? traceInfoV2Text(visibleParts(db)) : traceInfoText(visibleParts(db));
  const { limit } = search;
  const asked = db.query<{ trace: string }>(sql`
    ${withFew(search)}SELECT CASE WHEN place <= ${limit} THEN ${info} ELSE '' END AS trace FROM (
      SELECT t.*, row_number() OVER () AS place FROM (${page(search)}) t
    ) t ORDER BY place`);
  const rows = await asked.catch((error: unknown) => {
    throw search.filter.readsTexts && isOutOfTime(error) ? traceSearchErrors.outOfTime(error) : error;
  });
  const traces = rows.slice(0, limit).map(({ trace }) => trace);
  return { traces: traces.length > 0 ? `[${traces.join(",")}]` : null, more: rows.length > limit };
}

/** As many traces are read one by one and sorted faster than they are met in the order of the experiment's. */
const most = 5000;

/** The ids that the filter's clause names: all if they are few, else one more than that. */
const withFew = ({ filter: { ids } }: TraceSearch): Sql =>
  ids ? sql`WITH few AS MATERIALIZED (${ids} LIMIT ${most + 1}) ` : empty;

/**
 * A page in its order. Where a clause names few traces the page is made of these, however large the experiment is;
 * where it names many, traces are read in order until the page is full. Postgres can't tell which before it has looked.
 */
function page(search: TraceSearch): Sql {
  const all = sql`trace_info t`;
  if (!search.filter.ids) return pageOf(search, all, sql`TRUE`);
  // OFFSET keeps Postgres from reading all of the table instead.
  const few = sql`(SELECT DISTINCT id FROM few) f, LATERAL (SELECT * FROM trace_info WHERE request_id = f.id OFFSET 0) t`;
  const counted = sql`(SELECT count(*) FROM few)`;
  return sql`(${pageOf(search, few, sql`${counted} <= ${most}`)})
      UNION ALL (${pageOf(search, all, sql`${counted} > ${most}`)})`;
}

const pageOf = ({ experimentIds, filter, joins, orderBy, offset, limit }: TraceSearch, from: Sql, when: Sql): Sql =>
  sql`
        SELECT t.* FROM ${from} ${joins}
        WHERE ${when} AND ${isOneOf(sql`t.experiment_id`, experimentIds, sql`int`)} AND ${filter.where}
        ORDER BY ${orderBy} OFFSET ${offset} LIMIT ${limit + 1}`;
