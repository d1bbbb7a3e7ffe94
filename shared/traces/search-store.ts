/** Searching traces (mlflow/store/tracking/sqlalchemy_store.py, search_traces). */
import { orderSql } from "../mlflow/search/compile.ts";
import { inExperiments, pageOf } from "../mlflow/search/page.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { isOutOfTime } from "../platform/db/errors.ts";
import { sql } from "../platform/db/sql.ts";
import { looksIntoTexts, traceFilter, traceSearch } from "./search.ts";
import { traceSearchErrors } from "./search-errors.ts";
import { visibleParts } from "./store.ts";
import { type TraceParts, traceInfosText, traceInfoV2Text } from "./text.ts";

interface Asked {
  /** Those of the experiments that can be read. */
  experimentIds: readonly string[];
  filter: string | undefined;
  orderBy: readonly string[];
}

export interface TraceSearch extends Asked {
  limit: number;
  offset: number;
  /** Of the API, whose form the traces have. */
  version: 2 | 3;
}

const scopeOf = ({ scope: { access } }: Db, { experimentIds }: Asked) => ({ experimentIds, access });

/** @throws MlflowError INVALID_PARAMETER_VALUE with MLflow's message; as traceFilter */
export function checkSearch(db: Db, asked: Asked): void {
  const scope = scopeOf(db, asked);
  orderSql(traceSearch(scope), asked.orderBy);
  traceFilter(scope, asked.filter);
}

/** Put together once: each new window of time makes a new statement, which took 141 us in place of 86. */
const pageText = (version: 2 | 3, { assessments }: TraceParts) =>
  version === 2 ? inVersion2 : assessments ? inVersion3 : withoutAssessments;

const inVersion2 = { from: sql`page t`, text: traceInfoV2Text() };
const inVersion3 = traceInfosText("page", "assessments");
const withoutAssessments = traceInfosText("page");

const searchStatement = composedBy(
  ({ experimentIds, filter, orderBy, limit, offset, version }: TraceSearch) =>
    JSON.stringify([experimentIds, filter, orderBy, limit, offset, version]),
  (db, { limit, offset, version, ...asked }) => {
    const known = scopeOf(db, asked);
    const order = orderSql(traceSearch(known), asked.orderBy);
    const scope = inExperiments(sql`t.experiment_id`, asked.experimentIds);
    const { ctes, page } = pageOf({
      ...order,
      filter: traceFilter(known, asked.filter),
      limit,
      offset,
      table: sql`trace_info t`,
      alias: sql`t`,
      id: sql`request_id`,
      scope,
      ...(order.walk && { scopeByIndex: sql`SELECT FROM trace_info t WHERE ${scope} ORDER BY t.timestamp_ms DESC` }),
    });
    const { from, text } = pageText(version, visibleParts(db));
    return sql`
    WITH page AS MATERIALIZED (
      ${ctes}SELECT t.*, row_number() OVER () AS place FROM (${page}) t
    )
    SELECT CASE WHEN place <= ${limit} THEN ${text} ELSE '' END AS trace FROM ${from} ORDER BY place`;
  },
);

/**
 * The traces of one page, each as JSON text, and whether there are more.
 * @throws MlflowError as checkSearch; INVALID_PARAMETER_VALUE where looking into texts took longer than a statement may
 */
export async function searchTraces(db: Db, search: TraceSearch): Promise<{ traces: string[]; more: boolean }> {
  const { limit, filter } = search;
  const rows = await db.query<{ trace: string }>(searchStatement(db, search)).catch((error: unknown) => {
    throw isOutOfTime(error) && looksIntoTexts(scopeOf(db, search), filter)
      ? traceSearchErrors.outOfTime(error)
      : error;
  });
  return { traces: rows.slice(0, limit).map(({ trace }) => trace), more: rows.length > limit };
}
