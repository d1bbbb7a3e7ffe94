/** Searching logged models (mlflow/store/tracking/sqlalchemy_store.py, search_logged_models). */

import { readableExperiments } from "../access/readable.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import { filterSql } from "../mlflow/search/compile.ts";
import type { LoggedModelOrder } from "../mlflow/search/page-token.ts";
import { composedBy } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { type DatasetFilter, loggedModelSearch, loggedModelsOrderBy } from "./search.ts";
import { modelText } from "./store.ts";

export interface LoggedModelSearch {
  experimentIds: readonly string[];
  filter: string | undefined;
  orderBy: readonly LoggedModelOrder[];
  datasets: readonly DatasetFilter[];
  limit: number;
  offset: number;
}

/** @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message, for a filter that is none */
export function checkFilter({ filter, datasets }: Pick<LoggedModelSearch, "filter" | "datasets">): void {
  filterSql(loggedModelSearch(datasets), filter);
}

const searchStatement = composedBy(
  ({ experimentIds, filter, orderBy, datasets, limit, offset }: LoggedModelSearch) =>
    JSON.stringify([experimentIds, filter, orderBy, datasets, limit, offset]),
  (db, { experimentIds, filter, datasets, limit, offset, ...asked }) => {
    const where = filterSql(loggedModelSearch(datasets), filter);
    const { joins, orderBy } = loggedModelsOrderBy(asked.orderBy, datasets);
    return sql`
    WITH page AS MATERIALIZED (
      SELECT lm.*, row_number() OVER () AS place FROM (
        SELECT lm.* FROM logged_models lm ${joins}
        WHERE ${isOneOf(sql`lm.experiment_id`, experimentIds, sql`bigint`)}
          AND lm.lifecycle_stage <> 'deleted' AND ${where}
        ORDER BY ${orderBy} OFFSET ${offset} LIMIT ${limit + 1}) lm
    )
    SELECT '[' || string_agg(${modelText(db)}, ',' ORDER BY place) FILTER (WHERE place <= ${limit}) || ']' AS models,
      count(*) > ${limit} AS more
    FROM page lm`;
  },
);

/**
 * The models of one page as JSON text, deleted ones left out, and whether there are more.
 * @throws MlflowError as checkFilter; for an order that is none
 */
export async function searchLoggedModels(
  db: Db,
  search: LoggedModelSearch,
): Promise<{ models: string | null; more: boolean }> {
  const experimentIds = readableExperiments(db, search.experimentIds, "logged_model");
  const [row] = await db.query<{ models: string | null; more: boolean }>(
    searchStatement(db, { ...search, experimentIds }),
  );
  return row!;
}
