import { each, type Recorded, raw, requestsOf } from "../request.ts";
import { badFilters, filters } from "./trace-metrics-cases.ts";
import { base, day, seeded } from "./trace-metrics-seeds.ts";

const { any, post } = requestsOf("trace metrics", "/api/3.0/mlflow");

const of = (type: string, percentile_value?: number) => ({ aggregation_type: type, percentile_value });
const count = [of("COUNT")];
const spread = [of("AVG"), of("MIN"), of("MAX"), of("PERCENTILE", 50), of("PERCENTILE", 99.9)];

const ask = (name: string, body: object) =>
  post(name, "/traces/metrics", {
    experiment_ids: ["$exp"],
    view_type: "TRACES",
    metric_name: "trace_count",
    aggregations: count,
    ...body,
  });

const span_ = { view_type: "SPANS" };
const assessment_ = { view_type: "ASSESSMENTS" };
const times = { start_time_ms: base - day, end_time_ms: base + 5 * day };
const daily = { ...times, time_interval_seconds: 86_400 };

/** Each metric with each aggregation that it has, by each dimension that it has. */
const measured: [string, string, object[], string[]][] = [
  ["TRACES", "trace_count", count, ["trace_name", "trace_status"]],
  ["TRACES", "session_count", count, []],
  ["TRACES", "latency", spread, ["trace_name"]],
  ...["input", "output", "total", "cache_read_input", "cache_creation_input"].map(
    (name): [string, string, object[], string[]] => [
      "TRACES",
      `${name}_tokens`,
      [of("SUM"), ...spread],
      ["trace_name"],
    ],
  ),
  ["SPANS", "span_count", count, ["span_name", "span_type", "span_status", "span_model_name", "span_model_provider"]],
  ["SPANS", "latency", spread, ["span_name", "span_status"]],
  ...["input_cost", "output_cost", "total_cost"].map((name): [string, string, object[], string[]] => [
    "SPANS",
    name,
    [of("SUM"), ...spread],
    ["span_model_name", "span_model_provider"],
  ]),
  ["ASSESSMENTS", "assessment_count", count, ["assessment_name", "assessment_value"]],
  ["ASSESSMENTS", "assessment_value", spread, ["assessment_name"]],
];

const all: Recorded[] = measured.flatMap(([view_type, metric_name, aggregations, dimensions]) => {
  const metric = { view_type, metric_name, aggregations };
  const name = `${view_type} ${metric_name}`;
  return [
    ask(name, metric),
    ask(`${name} by day`, { ...metric, ...daily }),
    ...dimensions.map((dimension) => ask(`${name} by ${dimension}`, { ...metric, dimensions: [dimension] })),
    ...(dimensions.length > 1 ? [ask(`${name} by all`, { ...metric, ...daily, dimensions })] : []),
    ask(`${name} later`, { ...metric, start_time_ms: base + 50 * day }),
    ...["COUNT", "SUM", "AVG"].map((type) => ask(`${name}: ${type}`, { ...metric, aggregations: [of(type)] })),
    ask(`${name} by nothing known`, { ...metric, dimensions: ["nope", "trace_status", "also"] }),
  ];
});

const filtered: Recorded[] = [
  ...each(filters, (filter, shown) => ask(`filter [${shown}]`, { filters: [filter] })),
  ...each(filters, (filter, shown) =>
    ask(`spans: filter [${shown}]`, { ...span_, metric_name: "span_count", filters: [filter] }),
  ),
  ...each(filters, (filter, shown) =>
    ask(`costs: filter [${shown}]`, {
      ...span_,
      metric_name: "total_cost",
      aggregations: [of("SUM")],
      filters: [filter],
    }),
  ),
  ...each(filters, (filter, shown) =>
    ask(`assessments: filter [${shown}]`, { ...assessment_, metric_name: "assessment_count", filters: [filter] }),
  ),
  ...each(badFilters, (filter, shown) => ask(`bad filter [${shown}]`, { filters: [filter] })),
  ask("two filters", { filters: ["trace.status = 'OK'", "trace.tag.team = 'red'"] }),
  ask("a good and a bad filter", { filters: ["trace.status = 'OK'", "nope"] }),
  ask("costs: a filter of each kind", {
    ...span_,
    ...daily,
    metric_name: "total_cost",
    aggregations: [of("SUM")],
    filters: ["trace.status = 'OK'", "span.name = 'ask'"],
  }),
];

const int64 = "9223372036854775807";

const odd: Recorded[] = [
  ...each(
    [null, "x", [], [5], ["abc"], [""], ["999999"], ["99999999999"], ["$exp", "$exp"], ["$exp", "$other"]],
    (experiment_ids, shown) => ask(`experiments ${shown}`, { experiment_ids }),
  ),
  ...each([null, "", 0, 1, 2, 99, "traces", "X", true], (view_type, shown) => ask(`view ${shown}`, { view_type })),
  ...each([null, "", 5, "nope", "constructor"], (metric_name, shown) => ask(`metric ${shown}`, { metric_name })),
  ...each(
    [
      null,
      "x",
      [],
      [{}],
      [5],
      [null],
      [of("COUNT"), of("COUNT")],
      [of("count")],
      [{ aggregation_type: 1 }],
      [of("COUNT", 5)],
    ],
    (aggregations, shown) => ask(`aggregations ${shown}`, { aggregations }),
  ),
  ...each([0, 50, "50", 12.5, 100, 1e-7, 101, -1, "NaN", "x", null], (percentile_value, shown) =>
    ask(`percentile ${shown}`, {
      metric_name: "latency",
      aggregations: [{ aggregation_type: "PERCENTILE", percentile_value }],
    }),
  ),
  ...each(
    [null, [], "trace_name", [5], ["trace_name", "trace_name"], ["trace_status", "trace_name"]],
    (dimensions, shown) => ask(`dimensions ${shown}`, { dimensions }),
  ),
  ...each([null, "x", [5], [null], []], (given, shown) => ask(`filters ${shown}`, { filters: given })),
  ...each([0, 1, 3600, 604_800, -86_400, "86400", 1_000_000_000_000, int64, `-${int64}`, 1.5, "x"], (interval, shown) =>
    ask(`interval ${shown}`, { ...times, time_interval_seconds: interval }),
  ),
  ask("spans: interval 1", { ...span_, ...times, metric_name: "span_count", time_interval_seconds: 1 }),
  ask("an interval without times", { time_interval_seconds: 86_400 }),
  ask("an interval without an end", { time_interval_seconds: 86_400, start_time_ms: 0 }),
  ask("no interval without times", { time_interval_seconds: 0 }),
  ask("from exactly", { start_time_ms: base + day }),
  ask("to exactly", { end_time_ms: base + day }),
  ask("costs: from exactly", {
    ...span_,
    metric_name: "input_cost",
    aggregations: [of("SUM")],
    start_time_ms: base + day,
  }),
  ask("costs: to exactly", { ...span_, metric_name: "input_cost", aggregations: [of("SUM")], end_time_ms: base + day }),
  ...each([`${base + day}`, int64, `-${int64}`, "x", 1.5, "9223372036854775808"], (start_time_ms, shown) =>
    ask(`from ${shown}`, { start_time_ms }),
  ),
  ...each([int64, `-${int64}`], (end_time_ms, shown) =>
    ask(`costs: until ${shown}`, { ...span_, metric_name: "input_cost", aggregations: [of("SUM")], end_time_ms }),
  ),
  ...each([0, 1, 2, null, "1", -1, 2147483647, 2147483648, 2.5, "x"], (max_results, shown) =>
    ask(`${shown} results`, { dimensions: ["trace_name"], max_results }),
  ),
  ...each(["x", "", 5], (page_token, shown) => ask(`the token ${shown}`, { page_token })),
  ...["experiment_ids", "view_type", "metric_name", "aggregations"].map((name) =>
    ask(`no ${name}`, { [name]: undefined }),
  ),
  ...each(["[]", "null", "5", "{"], (body, shown) => post(`the body ${shown}`, "/traces/metrics", raw(body))),
  any("for the page", "POST", "/ajax-api/3.0/mlflow/traces/metrics", {
    body: { experiment_ids: ["$exp"], view_type: "TRACES", metric_name: "trace_count", aggregations: count, ...daily },
  }),
];

const correlate = (name: string, body: object) =>
  post(`correlation: ${name}`, "/traces/calculate-filter-correlation", {
    experiment_ids: ["$exp"],
    filter_string1: "status = 'OK'",
    filter_string2: "name = 'chat'",
    ...body,
  });

const correlations: Recorded[] = [
  correlate("two filters", {}),
  correlate("one filter twice", { filter_string2: "status = 'OK'" }),
  correlate("never together", { filter_string1: "name = 'chat'", filter_string2: "name = 'answer'" }),
  correlate("of all", { filter_string1: "timestamp > 0", filter_string2: "timestamp > 1" }),
  correlate("nothing matches", { filter_string1: "status = 'ZZ'" }),
  correlate("nothing matches the second", { filter_string2: "tags.team = 'ZZ'" }),
  ...each(
    [
      "status = 'OK'",
      "tags.team = 'blue'",
      "name = 'chat'",
      "status = 'ZZ'",
      "nope = 'x'",
      "",
      5,
      null,
      "timestamp > 1700000000000",
    ],
    (base_filter, shown) => correlate(`base ${shown}`, { base_filter }),
  ),
  correlate("of one span", {
    base_filter: "span.name = 'ask'",
    filter_string1: "span.type = 'TOOL'",
    filter_string2: "span.type = 'LLM'",
  }),
  correlate("by assessments", { filter_string1: "feedback.good = 'true'", filter_string2: "tags.team = 'blue'" }),
  ...each([[], null, "x", [5], ["abc"], ["999999"], ["$exp", "$other"]], (experiment_ids, shown) =>
    correlate(`experiments ${shown}`, { experiment_ids }),
  ),
  ...each(["", null, 5, "nope = 'x'"], (filter_string1, shown) => correlate(`first ${shown}`, { filter_string1 })),
  ...each(["", null, 5, "nope = 'x'"], (filter_string2, shown) => correlate(`second ${shown}`, { filter_string2 })),
  correlate("three bad filters", { filter_string1: "a = 1", filter_string2: "b = 2", base_filter: "c = 3" }),
];

export const traceMetrics: readonly Recorded[] = [...seeded, ...all, ...filtered, ...odd, ...correlations];
