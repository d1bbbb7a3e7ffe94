/** Searching traces (mlflow/store/tracking/sqlalchemy_store.py, search_traces). */
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { visibleParts } from "./store.ts";
import { traceInfoText, traceInfoV2Text } from "./text.ts";

export interface TraceSearch {
  /** Those of the experiments that can be read. */
  experimentIds: readonly string[];
  /** A condition on `t`. */
  where: Sql;
  /** Joins that `orderBy` needs. */
  joins: Sql;
  orderBy: Sql;
  limit: number;
  offset: number;
}

/**
 * The traces of one page as JSON text, null for none, and whether there are more.
 * @param version of the API, whose form they have
 */
export async function searchTraces(
  db: Db,
  search: TraceSearch,
  version: 2 | 3,
): Promise<{ traces: string | null; more: boolean }> {
  const info = version === 2 ? traceInfoV2Text(visibleParts(db)) : traceInfoText(visibleParts(db));
  const rows = await db.query<{ trace: string }>(sql`
    SELECT CASE WHEN place <= ${search.limit} THEN ${info} ELSE '' END AS trace FROM (
      SELECT t.*, row_number() OVER () AS place FROM (
        SELECT t.* FROM trace_info t ${search.joins}
        WHERE ${isOneOf(sql`t.experiment_id`, search.experimentIds, sql`int`)} AND ${search.where}
        ORDER BY ${search.orderBy} OFFSET ${search.offset} LIMIT ${search.limit + 1}) t
    ) t ORDER BY place`);
  const traces = rows.slice(0, search.limit).map(({ trace }) => trace);
  return { traces: traces.length > 0 ? `[${traces.join(",")}]` : null, more: rows.length > search.limit };
}
