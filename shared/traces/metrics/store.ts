/** Metrics of traces (mlflow/store/tracking/sqlalchemy_store.py, query_trace_metrics). */
import { isOneOf, objectText } from "../../mlflow/json-sql.ts";
import { exists } from "../../mlflow/search/exists.ts";
import { compare } from "../../mlflow/search/values.ts";
import type { Db } from "../../platform/db/database.ts";
import { empty, join, raw, type Sql, sql } from "../../platform/db/sql.ts";
import { type Aggregation, aggregateSql, nameOf } from "./aggregation.ts";
import type { MetricsFilter } from "./filter.ts";
import { type Metric, metrics, type ViewType } from "./views.ts";

export interface MetricsQuery {
  /** Those of the experiments that can be read, as numbers in decimal. */
  experimentIds: readonly string[];
  view: ViewType;
  name: string;
  aggregations: readonly Aggregation[];
  dimensions: readonly string[];
  filter: MetricsFilter;
  /** Milliseconds since 1970, both inclusive. */
  start: bigint | undefined;
  end: bigint | undefined;
  /** Seconds; rows are put together by the intervals in which they begin. */
  interval: bigint | undefined;
  limit: number;
}

/** Data points as JSON text, by time, then by their dimensions. Rows without a value or a dimension are left out. */
export async function queryMetrics(db: Db, query: MetricsQuery): Promise<string[]> {
  const metric = metrics[query.view][query.name]!;
  const series = seriesOf(query, metric);
  const dimensions = dimensionsOf(query, metric, series);
  const own = dimensions.filter(({ column }) => column !== undefined);
  const selected = own.map(({ place, column }) => sql`, ${column} AS ${place}`);
  const places = own.map(({ place }) => sql`r.${place}`);
  const present = [sql`r.value`, ...places].map((place) => sql`${place} IS NOT NULL`);
  const by = (clause: Sql) => (places.length > 0 ? sql`${clause} ${join(places)}` : empty);
  const aggregates = new Map(query.aggregations.map((each) => [nameOf(each), aggregateSql(each, metric)]));
  const also = series ? join([empty, ...places]) : empty;
  const points = sql`
    SELECT ${pointText(query.name, dimensions, aggregates)} AS point${also}
    FROM (SELECT ${metric.value} AS value${join([empty, ...selected], "")} FROM ${rowsOf(query, metric, series)}) r
    WHERE ${join(present, " AND ")}
    ${by(sql`GROUP BY`)}
    HAVING ${series ? sql`count(*) > 0 AND ` : empty}num_nonnulls(${join([...aggregates.values()])}) > 0`;
  const order = [sql`i.bucket`, ...own.map(({ place }) => sql`p.${place}`)];
  const rows = await db.query<{ point: string }>(
    series
      ? sql`SELECT p.point FROM ${series.intervals}, LATERAL (${points}) p ORDER BY ${join(order)} LIMIT ${query.limit}`
      : sql`${points}
    ${by(sql`ORDER BY`)} LIMIT ${query.limit}`,
  );
  return rows.map(({ point }) => point);
}

interface Dimension {
  name: string;
  /** Left out of the interval where each is read by itself. */
  column?: Sql;
  /** Its name in the statement. */
  place: Sql;
  /** JSON text of a value of `r`. */
  text: Sql;
}

function dimensionsOf(query: MetricsQuery, metric: Metric, series: Series | undefined): Dimension[] {
  const { view, interval, dimensions } = query;
  const named = dimensions.map((name, index) => {
    const place = raw(`d${index}`);
    return { name, column: metric.dimensions[name]!, place, text: sql`to_json(r.${place})` };
  });
  if (!interval) return named;
  const begin = series ? sql`i.bucket` : sql`r.bucket`;
  const text = sql`to_json(to_char(timestamp 'epoch' + ${begin} * interval '1 ms', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'))`;
  const column = series ? {} : { column: bucketOf(view, interval) };
  return [{ name: "time_bucket", ...column, place: sql`bucket`, text }, ...named];
}

/** Intervals that are read one after the other. */
interface Series {
  /** A table `i` of when they begin, in `bucket`. */
  intervals: Sql;
  /** When the rows of one begin that are asked for, at the earliest and the latest; in milliseconds. */
  start: Sql;
  end: Sql;
}

const mostIntervals = 1000n;
/** The year 2255: its nanoseconds fit into 64 bits. */
const latest = 9_000_000_000_000n;

/**
 * Few intervals are read one after the other by an index of times. To sort rows by intervals would take as long as all
 * else, and Postgres expects that there are thousands. Counts read nothing but the index.
 */
function seriesOf({ view, interval, start, end, filter }: MetricsQuery, metric: Metric): Series | undefined {
  const isByTime = view !== "SPANS" || (metric.atOwnTime && filter.ofTraces.length === 0);
  if (!isByTime || !interval || start === undefined || end === undefined || start < 0n || end > latest)
    return undefined;
  const size = interval * 1000n;
  if ((end - start) / size >= mostIntervals) return undefined;
  const step = sql`${String(size < latest ? size : latest)}::bigint`;
  return {
    intervals: sql`generate_series(${String(start - (start % size))}::bigint, ${String(end)}::bigint, ${step}) AS i(bucket)`,
    start: sql`greatest(i.bucket, ${String(start)}::bigint)`,
    end: sql`least(i.bucket + ${step} - 1, ${String(end)}::bigint)`,
  };
}

/** Twice as much fits into 64 bits. */
const longest = 2n ** 62n - 1n;
const timeOf = {
  TRACES: sql`t.timestamp_ms`,
  SPANS: sql`s.start_time_unix_nano / 1000000`,
  ASSESSMENTS: sql`a.trace_timestamp_ms`,
};

/**
 * When the interval begins in which a row lies, in milliseconds, within the years that a date can tell. Written without
 * a sub-select, which Postgres would evaluate row by row, and by one process alone.
 */
function bucketOf(view: ViewType, interval: bigint): Sql {
  const length = interval * 1000n;
  const size = sql`${String(length > longest ? longest : length)}::bigint`;
  const time = sql`least(greatest(${timeOf[view]}, -62135596800000), 253402300799000)`;
  return sql`(${time} - (${time} % ${size} + ${size}) % ${size})`;
}

function pointText(name: string, dimensions: readonly Dimension[], aggregates: ReadonlyMap<string, Sql>): Sql {
  const values = [...aggregates].map(([label, value]) => [label, sql`to_json(${value})`] as const);
  const members = {
    metric_name: sql`to_json(${name}::text)`,
    ...(dimensions.length > 0 && {
      dimensions: objectText(Object.fromEntries(dimensions.map(({ name, text }) => [name, text]))),
    }),
    values: objectText(Object.fromEntries(values)),
  };
  return objectText(members);
}

/** The rows of a view that are measured, before what is null is left out. */
function rowsOf(query: MetricsQuery, metric: Metric, series: Series | undefined): Sql {
  const { view, experimentIds, filter } = query;
  const inExperiments = (alias: string) => isOneOf(raw(`${alias}.experiment_id`), experimentIds, sql`int`);
  const traces = [inExperiments("t"), ...filter.ofTraces];
  const millis = (column: Sql) =>
    series ? [sql`${column} >= ${series.start}`, sql`${column} <= ${series.end}`] : within(column, query);
  if (view === "TRACES") return sql`trace_info t WHERE ${all([...traces, ...millis(sql`t.timestamp_ms`)])}`;
  if (view === "ASSESSMENTS") {
    const ofTraces =
      filter.ofTraces.length === 0
        ? []
        : [exists(sql`SELECT FROM trace_info t WHERE t.request_id = a.trace_id AND ${all(filter.ofTraces)}`)];
    const time = millis(sql`a.trace_timestamp_ms`);
    return sql`assessments a WHERE ${all([inExperiments("a"), sql`a.valid`, ...time, ...ofTraces, ...filter.ofRows])}`;
  }
  const spans = [inExperiments("s"), ...filter.ofRows];
  const ownTime = series
    ? [
        sql`s.start_time_unix_nano >= ${series.start} * 1000000`,
        sql`s.start_time_unix_nano <= ${series.end} * 1000000 + 999999`,
      ]
    : within(sql`s.start_time_unix_nano`, { start: nanos(query.start), end: endNanos(query.end) });
  if (metric.atOwnTime && filter.ofTraces.length === 0) return sql`spans s WHERE ${all([...spans, ...ownTime])}`;
  const time = metric.atOwnTime ? ownTime : within(sql`t.timestamp_ms`, query);
  return sql`trace_info t JOIN spans s ON s.trace_id = t.request_id WHERE ${all([...traces, ...spans, ...time])}`;
}

const all = (conditions: readonly Sql[]): Sql => join(conditions, " AND ");

const nanos = (millis: bigint | undefined) => (millis === undefined ? undefined : millis * 1_000_000n);
/** The last nanosecond of a millisecond. */
const endNanos = (millis: bigint | undefined) => (millis === undefined ? undefined : millis * 1_000_000n + 999_999n);

const within = (column: Sql, { start, end }: Pick<MetricsQuery, "start" | "end">): Sql[] => [
  ...(start === undefined ? [] : [compare(column, ">=", start)]),
  ...(end === undefined ? [] : [compare(column, "<=", end)]),
];
