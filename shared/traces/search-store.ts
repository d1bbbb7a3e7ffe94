/** Searching traces (mlflow/store/tracking/sqlalchemy_store.py, search_traces). */
import type { Ordering } from "../mlflow/search/compile.ts";
import { inExperiments, pageOf } from "../mlflow/search/page.ts";
import type { Db } from "../platform/db/database.ts";
import { isOutOfTime } from "../platform/db/errors.ts";
import { sql } from "../platform/db/sql.ts";
import type { TraceFilter } from "./search.ts";
import { traceSearchErrors } from "./search-errors.ts";
import { visibleParts } from "./store.ts";
import { traceInfoText, traceInfoV2Text } from "./text.ts";

export interface TraceSearch extends Ordering {
  /** Those of the experiments that can be read. */
  experimentIds: readonly string[];
  filter: TraceFilter;
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
  const { limit, experimentIds } = search;
  const scope = inExperiments(sql`t.experiment_id`, experimentIds);
  const { ctes, page } = pageOf({
    ...search,
    table: sql`trace_info t`,
    alias: sql`t`,
    id: sql`request_id`,
    scope,
    ...(search.walk && { scopeByIndex: sql`SELECT FROM trace_info t WHERE ${scope} ORDER BY t.timestamp_ms DESC` }),
  });
  const asked = db.query<{ trace: string }>(sql`
    ${ctes}SELECT CASE WHEN place <= ${limit} THEN ${info} ELSE '' END AS trace FROM (
      SELECT t.*, row_number() OVER () AS place FROM (${page}) t
    ) t ORDER BY place`);
  const rows = await asked.catch((error: unknown) => {
    throw search.filter.readsTexts && isOutOfTime(error) ? traceSearchErrors.outOfTime(error) : error;
  });
  const traces = rows.slice(0, limit).map(({ trace }) => trace);
  return { traces: traces.length > 0 ? `[${traces.join(",")}]` : null, more: rows.length > limit };
}
