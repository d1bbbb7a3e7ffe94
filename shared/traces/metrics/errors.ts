import { repr } from "../../mlflow/python-text.ts";
import { invalid } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";

/** What is refused about metrics of traces, in MLflow's words where it has some. */
export const metricErrors = {
  unknownMetric: (name: string, known: readonly string[]) =>
    invalid(`metric_name must be one of ${repr(known)}, got '${shown(name)}'`),

  aggregations: (found: readonly string[], supported: readonly string[]) =>
    invalid(
      `Found invalid aggregation_type(s): ${repr([...found].sort())}. ` +
        `Supported aggregation types: ${repr([...supported].sort())}`,
    ),

  noAggregation: () => invalid("At least one aggregation is required."),

  tooMany: (what: string, most: number) => invalid(`A request for metrics can have at most ${most} ${what}.`),

  noPercentile: () => invalid("Percentile value is required for PERCENTILE aggregation"),

  percentile: (found: number) =>
    invalid(`Percentile value must be between 0 and 100, got ${Number.isNaN(found) ? "nan" : found}`),

  noSuchPercentile: (type: string) =>
    invalid(`Percentile value is only allowed for PERCENTILE aggregation type, got ${type}`),

  dimensions: (found: readonly string[], supported: readonly string[]) =>
    invalid(
      `Found invalid dimension(s): ${shown(repr([...found].sort()))}. ` +
        `Supported dimensions: ${repr([...supported].sort())}`,
    ),

  openInterval: () => invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set"),

  negative: (name: string, found: number | bigint) => invalid(`${name} must not be negative, got ${found}.`),

  notOneClause: (filter: string) => invalid(`Invalid filter: '${shown(filter)}'. Expected one filter clause.`),

  notAnIdentifier: (found: string) =>
    invalid(
      `Invalid identifier ${shown(repr(found))}. Columns should be specified as ` +
        "'trace.<key>', 'span.<key>', 'assessment.<key>'.",
    ),

  unknownView: (found: string, known: readonly string[]) =>
    invalid(`Invalid view type '${shown(found)}'. Valid values are dict_keys(${repr(known)})`),

  unknownEntity: (found: string, kind: string, known: readonly string[]) =>
    invalid(`Invalid entity '${shown(found)}' specified for view type '${kind}'. Valid entities are ${repr(known)}`),

  noKey: (kind: string, entity: string) =>
    invalid(`Filtering by ${entity} requires a key, e.g. '${kind}.${entity}.<key> = <value>'`),

  withKey: (kind: string, entity: string) =>
    invalid(`Filtering by ${entity} does not require a key, use '${kind}.${entity}' instead`),

  comparator: (found: string) => invalid(`Invalid comparator: '${shown(found)}', only '=' operator is supported`),

  notQuoted: (entity: string, found: string) =>
    invalid(`Expected a quoted string value for ${entity} value (e.g. 'my-value'). Got value ${shown(found)}`),

  otherView: (kind: string, view: string) =>
    invalid(`Filtering by ${kind} is only supported for ${kind.toUpperCase()}S view type, got ${view}`),
};
