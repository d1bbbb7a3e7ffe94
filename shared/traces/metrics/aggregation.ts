import { floatText } from "../../mlflow/python-text.ts";
import { raw, type Sql, sql } from "../../platform/db/sql.ts";
import { metricErrors } from "./errors.ts";
import type { AggregationType, Metric } from "./views.ts";

export interface Aggregation {
  type: AggregationType;
  /** Of PERCENTILE only, from 0 to 100. */
  percentile?: number;
}

/**
 * @param percentile as it was given
 * @throws MlflowError INVALID_PARAMETER_VALUE for a percentile that is missing, out of range or out of place
 */
export function aggregationOf(type: AggregationType, percentile: number | undefined): Aggregation {
  if (type !== "PERCENTILE") {
    if (percentile !== undefined) throw metricErrors.noSuchPercentile(type);
    return { type };
  }
  if (percentile === undefined) throw metricErrors.noPercentile();
  if (!(percentile >= 0 && percentile <= 100)) throw metricErrors.percentile(percentile);
  return { type, percentile };
}

/** Its name in answers: `SUM`, `P50.0`. */
export const nameOf = ({ type, percentile }: Aggregation): string =>
  percentile === undefined ? type : `P${floatText(percentile)}`;

/** The aggregate of `r.value`, a double. */
export function aggregateSql({ type, percentile }: Aggregation, { distinct }: Metric): Sql {
  if (percentile !== undefined)
    return sql`percentile_cont(${String(percentile / 100)}::float8) WITHIN GROUP (ORDER BY r.value::float8)`;
  const value = distinct ? sql`DISTINCT r.value` : sql`r.value`;
  return sql`${raw(type.toLowerCase())}(${value})::float8`;
}
