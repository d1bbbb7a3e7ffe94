import { each, type Recorded, requestsOf } from "../request.ts";
import { experiment, start, traceId, unique } from "./trace-parts.ts";
import { badFilters, badOrders, filters, orders } from "./trace-search-cases.ts";

const { any, post } = requestsOf("trace search", "/api/3.0/mlflow");
const v2 = requestsOf("trace search", "/api/2.0/mlflow");

const id = (number: number) => traceId(9000 + number);
const run = "a".repeat(32);

const session = (name: string) => ({ "mlflow.trace.session": name });

/** Traces that differ in everything that a filter or an order can look at; the last two begin at the same time. */
const seeds = [
  {
    state: "OK",
    client_request_id: "client 1",
    execution_duration: "0.010s",
    tags: { "mlflow.traceName": "answer", team: "blue", "a b": "x''y" },
    trace_metadata: {
      kind: "chat",
      ...session("s1"),
      "mlflow.trace.tokenUsage": '{"input_tokens": 1, "output_tokens": 2}',
      "mlflow.trace.cost": '{"input_cost": 0.00001, "total_cost": 2}',
    },
  },
  {
    state: "ERROR",
    execution_duration: "0.020s",
    tags: { "mlflow.traceName": "ANSWER", team: "red" },
    trace_metadata: { kind: "Chat", ...session("s1"), "mlflow.sourceRun": run },
  },
  { state: "OK", execution_duration: "0.020s", tags: { team: "" }, trace_metadata: { ...session("s2") } },
  {
    state: "IN_PROGRESS",
    execution_duration: undefined,
    tags: { "mlflow.traceName": "other", "mlflow.trace.sourceScorer": "x" },
    trace_metadata: { "mlflow.sourceRun": "b".repeat(32) },
  },
  { state: "OK", execution_duration: "5s", tags: { team: "blue" }, trace_metadata: session("s3") },
  { state: "OK", execution_duration: "0s", trace_metadata: session("s3") },
];

const timeOf = (index: number) => new Date(1_700_000_000_000 + 1000 * Math.min(index, 4)).toISOString();

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const nanos = (index: number, after = 0) => `${1_700_000_000_000 + 1000 * index + after}000000`;

/** A trace of two spans, as its exporter sends it. */
const exported = (hex: string, index: number, type: string) => ({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: hex,
              spanId: "00000000000000a1",
              name: "root",
              startTimeUnixNano: nanos(index),
              endTimeUnixNano: nanos(index, 30),
              status: { code: 1 },
              attributes: [attribute("color", '"red"'), attribute("mlflow.spanInputs", '"100% sure"')],
            },
            {
              traceId: hex,
              spanId: "00000000000000a2",
              parentSpanId: "00000000000000a1",
              name: "child",
              startTimeUnixNano: nanos(index, 5),
              endTimeUnixNano: nanos(index, 25),
              status: { code: 2 },
              attributes: [attribute("mlflow.spanType", type), attribute("mlflow.spanInputs", '"unique to child"')],
            },
          ],
        },
      ],
    },
  ],
});

const word = traceId(0).slice(-8);
const hexOf = (digit: string) => `${digit.repeat(24)}${word}`;

const export_ = (name: string, hex: string, index: number, type: string) =>
  any(name, "POST", "/v1/traces", {
    body: exported(hex, index, type),
    headers: { "x-mlflow-experiment-id": "$exp" },
  });

const assess = (name: string, trace: string, assessment: object) =>
  post(`assess by ${name}`, `/traces/${trace}/assessments`, { assessment });

const feedback = (assessment_name: string, value: unknown, more: object = {}) => ({
  assessment_name,
  feedback: { value },
  source: { source_type: "HUMAN", source_id: "me" },
  ...more,
});

const seeded: Recorded[] = [
  v2.post("an experiment", "/experiments/create", { name: unique("trace search") }, { save: { exp: "experiment_id" } }),
  v2.post("another", "/experiments/create", { name: unique("trace search 2") }, { save: { other: "experiment_id" } }),
  ...seeds.map((seed, index) =>
    post(`start ${index}`, "/traces", start(id(index), { request_time: timeOf(index), ...seed })),
  ),
  post("start one elsewhere", "/traces", start(id(50), { trace_location: experiment("$other"), state: "OK" })),
  export_("export 1", hexOf("c"), 6, "LLM"),
  export_("export 2", hexOf("d"), 7, "TOOL"),
  assess("yes", id(0), feedback("good", "yes")),
  assess("true", id(1), feedback("good", true)),
  assess("a number", id(2), feedback("good", 5)),
  assess("a score", id(0), feedback("score", 5)),
  assess("another score", id(1), feedback("score", 0.25)),
  assess("a text as score", id(2), feedback("score", "5")),
  assess("an umlaut", id(0), feedback("umlaut", "grün")),
  assess("a tone of the session", id(0), feedback("tone", "nice", { metadata: session("s1") })),
  assess("a tone of no session", id(3), feedback("tone", "rude", { metadata: session("s1") })),
  assess("what is overridden", id(0), feedback("gone", "old", { assessment_id: `a-${word}` })),
  assess("what overrides", id(0), feedback("gone", "new", { overrides: `a-${word}` })),
  assess("a fact", id(0), { assessment_name: "fact", expectation: { value: "42" } }),
  assess("another fact", id(1), { assessment_name: "fact", expectation: { value: "blue" } }),
  assess("an expected number", id(1), { assessment_name: "number", expectation: { value: 42 } }),
  assess("an issue", id(1), { assessment_name: "iss-1", issue: { issue_name: "Slow" } }),
  v2.post("link to a run", "/traces/link-to-run", { trace_ids: [id(2)], run_id: run }),
  v2.post("link a prompt", "/traces/link-prompts", {
    trace_id: id(2),
    prompt_versions: [{ name: "greeting", version: "1" }],
  }),
];

const search = (name: string, body: object, more = {}) =>
  post(name, "/traces/search", { locations: [experiment()], ...body }, more);

const withIds = (filter: string) => filter.replace(/<trace (\d)>/g, (_, number) => `'${id(Number(number))}'`);

const paging: Recorded[] = [
  search("page 1", { max_results: 3 }, { save: { p2: "next_page_token" } }),
  search("page 2", { max_results: 3, page_token: "$p2" }, { save: { p3: "next_page_token" } }),
  search("page 3", { max_results: 3, page_token: "$p3" }),
  search("a page that ends with the traces", { max_results: 8 }),
  search("a page beyond", { page_token: Buffer.from('{"offset": 50}').toString("base64") }),
  ...each([1, 500, "2", 0, -1, 501, "x", null, 2.5], (max_results, shown) =>
    search(`${shown} results`, { max_results }),
  ),
  ...each(["", "x", "e30=", "eyJvZmZzZXQiOiAtMX0=", 5], (page_token, shown) =>
    search(`the token ${shown}`, { page_token }),
  ),
];

const at = (experiment_id: string) => ({ mlflow_experiment: { experiment_id } });

const places: Recorded[] = [
  search("in both experiments", { locations: [experiment(), experiment("$other")], order_by: ["timestamp ASC"] }),
  search("in one experiment twice", { locations: [experiment(), experiment()] }),
  search("in the other experiment", { locations: [experiment("$other")] }),
  ...each(
    [
      [],
      [{}],
      [at("99999999")],
      [at("99999999999")],
      [at("a.b"), at("c.d"), at("much.longer")],
      [at("abc")],
      [at("")],
      [{ type: "INFERENCE_TABLE", inference_table: { full_table_name: "a.b.c" } }],
      "x",
      null,
      [5],
    ],
    (locations, shown) => search(`in ${shown}`, { locations }),
  ),
  post("without locations", "/traces/search", {}),
  search("with a filter that is a number", { filter: 5 }),
  search("with an order that is a text", { order_by: "timestamp" }),
  search("of no run", { filter: "run_id = ''" }),
  search("of two runs", { filter: `run_id = '${"b".repeat(32)}' AND run_id = '${run}'` }),
  any("for the page", "POST", "/ajax-api/3.0/mlflow/traces/search", {
    body: {
      locations: [experiment()],
      filter: "attributes.timestamp_ms > 1700000001000 AND attributes.timestamp_ms < 1700000004000",
      max_results: 25,
      order_by: ["timestamp DESC"],
    },
  }),
];

const list = (name: string, query: Record<string, string | number | readonly string[]>) =>
  v2.get(`v2: ${name}`, "/traces", query);

const older: Recorded[] = [
  list("all", { experiment_ids: "$exp" }),
  list("of two experiments", { experiment_ids: ["$exp", "$other"] }),
  list("by a filter", { experiment_ids: "$exp", filter: "status = 'OK' AND tags.team = 'blue'" }),
  list("in order", { experiment_ids: "$exp", order_by: ["status ASC", "timestamp ASC"] }),
  list("a page", { experiment_ids: "$exp", max_results: 2 }),
  list("by a bad filter", { experiment_ids: "$exp", filter: "nope = 'x'" }),
  list("without experiments", {}),
  list("of too many", { experiment_ids: "$exp", max_results: 501 }),
  list("of none", { experiment_ids: "$exp", max_results: 0 }),
  list("of an experiment that is no number", { experiment_ids: "abc" }),
  list("of an experiment with a dot", { experiment_ids: "a.b" }),
  any("v2: for the page", "GET", "/ajax-api/2.0/mlflow/traces", { query: { experiment_ids: "$exp", max_results: 1 } }),
];

export const traceSearch: readonly Recorded[] = [
  ...seeded,
  ...each(filters, (filter, shown) => search(`filter [${shown}]`, { filter: withIds(filter) })),
  ...each(badFilters, (filter, shown) => search(`bad filter [${shown}]`, { filter })),
  ...each(orders, (order_by, shown) => search(`order ${shown}`, { order_by })),
  ...each(badOrders, (order_by, shown) => search(`bad order ${shown}`, { order_by })),
  ...paging,
  ...places,
  ...older,
];
