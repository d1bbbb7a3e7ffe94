import type { z } from "zod";
import { readableExperiments } from "../../shared/access/readable.ts";
import { parseExperimentIds } from "../../shared/experiments/rules.ts";
import { pageAnswer } from "../../shared/mlflow/search/answer.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { aggregationOf } from "../../shared/traces/metrics/aggregation.ts";
import { metricErrors } from "../../shared/traces/metrics/errors.ts";
import { metricsFilter } from "../../shared/traces/metrics/filter.ts";
import { queryMetrics } from "../../shared/traces/metrics/store.ts";
import { checkMetric } from "../../shared/traces/metrics/views.ts";
import type { QueryMetrics } from "./schemas.ts";

const traced = ["trace"] as const;
const assessed = ["trace", "assessment"] as const;

type Input = z.output<typeof QueryMetrics>;

export async function queryTraceMetrics(input: Input, { db }: Context): Promise<string> {
  const { view_type: view, metric_name: name } = input;
  const dimensions = [...new Set(input.dimensions)];
  const aggregations = input.aggregations.map(({ aggregation_type, percentile_value }) =>
    aggregationOf(aggregation_type ?? "COUNT", percentile_value),
  );
  checkMetric(view, name, aggregations, dimensions);
  const time = timeOf(input);
  const asked = parseExperimentIds(input.experiment_ids);
  const experimentIds = readableExperiments(db, asked, ...(view === "ASSESSMENTS" ? assessed : traced));
  const filter = metricsFilter(view, input.filters);
  const limit = input.max_results ?? 1000;
  if (limit < 0) throw metricErrors.negative("max_results", limit);
  const points = await queryMetrics(db, {
    experimentIds,
    view,
    name,
    aggregations,
    dimensions,
    filter,
    ...time,
    limit,
  });
  return pageAnswer("data_points", points.length > 0 ? `[${points.join(",")}]` : null, undefined);
}

/** @throws MlflowError INVALID_PARAMETER_VALUE for intervals of a time that is open, or that are negative */
function timeOf({ start_time_ms, end_time_ms, time_interval_seconds }: Input) {
  if (time_interval_seconds && (start_time_ms === undefined || end_time_ms === undefined))
    throw metricErrors.openInterval();
  if (time_interval_seconds !== undefined && time_interval_seconds < 0)
    throw metricErrors.negative("time_interval_seconds", time_interval_seconds);
  return { start: exact(start_time_ms), end: exact(end_time_ms), interval: exact(time_interval_seconds) };
}

const exact = (value: number | bigint | undefined) => (value === undefined ? undefined : BigInt(value));
