/**
 * What is measured of traces, and by what it can be grouped (mlflow/store/tracking/utils/sql_trace_metrics_utils.py).
 */
import { raw, type Sql, sql } from "../../platform/db/sql.ts";
import { costColumns, tokenColumns } from "../keys.ts";
import type { Aggregation } from "./aggregation.ts";
import { metricErrors } from "./errors.ts";

export const viewTypes = { TRACES: 1, SPANS: 2, ASSESSMENTS: 3 } as const;
export type ViewType = keyof typeof viewTypes;

export const aggregationTypes = { COUNT: 1, SUM: 2, AVG: 3, PERCENTILE: 4, MIN: 5, MAX: 6 } as const;
export type AggregationType = keyof typeof aggregationTypes;

export interface Metric {
  /** A column of `trace_info t`, `spans s` or `assessments a`, or `each`. */
  value: Sql;
  /** Equal values count once. */
  distinct?: boolean;
  aggregations: readonly AggregationType[];
  dimensions: Readonly<Record<string, Sql>>;
  /** Spans only: the time that is asked for is the span's own, and not its trace's. */
  atOwnTime?: boolean;
}

/** Of what is never null, each row counts, whatever the row has: so an index may do. */
const each = sql`1`;

const counts: readonly AggregationType[] = ["COUNT"];
const spreads: readonly AggregationType[] = ["AVG", "MIN", "MAX", "PERCENTILE"];
const amounts: readonly AggregationType[] = ["SUM", ...spreads];

const ofTrace = { trace_name: sql`t.trace_name` };
const ofModel = { span_model_name: sql`s.model_name`, span_model_provider: sql`s.model_provider` };
const ofAssessment = { assessment_name: sql`a.name` };
const ofSpan = { span_name: sql`s.name`, span_status: sql`s.status` };

/** Token counts that are measured: those of an hour's cache are not. */
const tokens = tokenColumns.filter((name) => name !== "cache_creation_input_tokens_above_1hr");

const columns = (names: readonly string[], alias: string, rest: Omit<Metric, "value">) =>
  Object.fromEntries(names.map((name): [string, Metric] => [name, { value: raw(`${alias}.${name}`), ...rest }]));

export const metrics: Readonly<Record<ViewType, Readonly<Record<string, Metric>>>> = {
  TRACES: {
    trace_count: {
      value: each,
      aggregations: counts,
      dimensions: { ...ofTrace, trace_status: sql`t.status` },
    },
    session_count: { value: sql`t.session_id`, distinct: true, aggregations: counts, dimensions: {} },
    latency: { value: sql`t.execution_time_ms`, aggregations: spreads, dimensions: ofTrace },
    ...columns(tokens, "t", { aggregations: amounts, dimensions: ofTrace }),
  },
  SPANS: {
    span_count: {
      value: each,
      aggregations: counts,
      dimensions: { ...ofSpan, span_type: sql`s.type`, ...ofModel },
    },
    // Whole milliseconds.
    latency: {
      value: sql`(s.end_time_unix_nano - s.start_time_unix_nano) / 1000000`,
      aggregations: spreads,
      dimensions: ofSpan,
    },
    ...columns(costColumns, "s", { aggregations: amounts, dimensions: ofModel, atOwnTime: true }),
  },
  ASSESSMENTS: {
    assessment_count: {
      value: each,
      aggregations: counts,
      dimensions: { ...ofAssessment, assessment_value: sql`a.value` },
    },
    assessment_value: { value: sql`a.aggregate_value`, aggregations: spreads, dimensions: ofAssessment },
  },
};

const maxAggregations = 100;

/** @throws MlflowError INVALID_PARAMETER_VALUE unless the view has the metric, and the metric all of these */
export function checkMetric(
  view: ViewType,
  name: string,
  aggregations: readonly Aggregation[],
  dimensions: readonly string[],
): void {
  const known = metrics[view];
  const metric = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!metric) throw metricErrors.unknownMetric(name, Object.keys(known));
  const wrong = new Set(aggregations.map(({ type }) => type).filter((type) => !metric.aggregations.includes(type)));
  if (wrong.size > 0) throw metricErrors.aggregations([...wrong], metric.aggregations);
  const unknown = dimensions.filter((dimension) => !Object.hasOwn(metric.dimensions, dimension));
  if (unknown.length > 0) throw metricErrors.dimensions(unknown, Object.keys(metric.dimensions));
  if (aggregations.length === 0) throw metricErrors.noAggregation();
  if (aggregations.length > maxAggregations) throw metricErrors.tooMany("aggregations", maxAggregations);
}
