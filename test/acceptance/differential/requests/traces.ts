import { each, type Recorded, raw, requestsOf } from "../request.ts";
import { experiment, start, traceId, unique } from "./trace-parts.ts";

const { any, get, post } = requestsOf("traces", "/api/3.0/mlflow");
const v2 = requestsOf("traces", "/api/2.0/mlflow");

let last = 100;
const next = () => traceId(++last);

/** A start with an id of its own. */
const begin = (name: string, more: object = {}): Recorded => post(name, "/traces", start(next(), more));
const info = (name: string, id: string) => [
  get(`${name}, read`, `/traces/${id}`),
  v2.get(`${name}, read in version 2`, `/traces/${id}/info`),
];

const experiments = [
  v2.post("an experiment", "/experiments/create", { name: unique("traces") }, { save: { exp: "experiment_id" } }),
  v2.post("another", "/experiments/create", { name: unique("other traces") }, { save: { other: "experiment_id" } }),
  v2.post("one to delete", "/experiments/create", { name: unique("no traces") }, { save: { gone: "experiment_id" } }),
  v2.post("delete it", "/experiments/delete", { experiment_id: "$gone" }),
];

const everything = {
  client_request_id: "c1",
  request_preview: "What is 2 + 2?",
  response_preview: "4 ünï 🔑",
  trace_metadata: {
    "mlflow.trace.session": "s1",
    "mlflow.trace.tokenUsage": '{"input_tokens": 10, "output_tokens": 5.0, "total_tokens": "15", "other": 1}',
    "mlflow.trace.cost": '{"input_cost": 0.00001, "output_cost": 2, "total_cost": 2.00001}',
    "mlflow.user": "me",
  },
  tags: {
    "mlflow.traceName": "answer",
    team: "blue",
    ключ: "🔑",
    "mlflow.artifactLocation": "s3://else",
    "mlflow.trace.spansLocation": "ELSE",
    "mlflow.trace.archiveLocation": "s3://else",
    "mlflow.trace.archivalFailure": "no",
  },
};

const starting = [
  post("start", "/traces", start(traceId(1))),
  ...info("start", traceId(1)),
  post("start with everything", "/traces", start(traceId(2), everything)),
  ...info("start with everything", traceId(2)),
  post("start again, with less", "/traces", start(traceId(2), { state: "ERROR", execution_duration: "1.5s" })),
  ...info("start again, with less", traceId(2)),
  post(
    "start again, with more",
    "/traces",
    start(traceId(2), {
      request_time: "2023-11-14T22:13:19.5Z",
      request_preview: "new",
      tags: { team: "red", more: "1", "mlflow.traceName": "other" },
      trace_metadata: { "mlflow.trace.tokenUsage": '{"input_tokens": 11}', "mlflow.trace.session": "s2", extra: "1" },
    }),
  ),
  ...info("start again, with more", traceId(2)),
  post("start one of another experiment", "/traces", start(traceId(2), { trace_location: experiment("$other") })),
  begin("start in a deleted experiment", { trace_location: experiment("$gone") }),
  ...each(["99999999", "abc", "", "-1"], (id, shown) =>
    begin(`start in the experiment '${shown}'`, { trace_location: experiment(id) }),
  ),
  begin("start without a location", { trace_location: undefined }),
  begin("start at a location without a type", { trace_location: { mlflow_experiment: { experiment_id: "$exp" } } }),
  begin("start at a location of another type", { trace_location: { ...experiment(), type: "INFERENCE_TABLE" } }),
  begin("start in an inference table", {
    trace_location: { type: "INFERENCE_TABLE", inference_table: { full_table_name: "a.b.c" } },
  }),
  begin("start at a location that is none", { trace_location: { type: "MLFLOW_EXPERIMENT" } }),
  ...each(["", ".", "..", "a/b", "ab.", "ab ", "a%b", "a?b", "a#b", "a\tb"], (id, shown) =>
    post(`start with the id '${shown}'`, "/traces", start(id)),
  ),
  post("start with a long id", "/traces", start("x".repeat(51))),
  post("start with a number as id", "/traces", start(5)),
  post("start with umlauts in the id", "/traces", start(`ü ${traceId(3)}`)),
  post("start without a trace", "/traces", {}),
  post("start with an empty trace", "/traces", { trace: {} }),
  post("start with an empty info", "/traces", { trace: { trace_info: {} } }),
  post("start with a number as trace", "/traces", { trace: 5 }),
  post("start with an array", "/traces", []),
  post("start with malformed JSON", "/traces", raw('{"trace":')),
  post("start in camel case", "/traces", {
    trace: {
      traceInfo: { traceId: traceId(4), traceLocation: { type: 1, mlflowExperiment: { experimentId: "$exp" } } },
    },
  }),
  ...info("start in camel case", traceId(4)),
];

const times = [
  ...each(
    [
      "2023-11-14T22:13:20.123456789Z",
      "2023-11-14T22:13:20.1Z",
      "2023-11-14T22:13:20+01:00",
      "1969-12-31T23:59:59.999Z",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "2024-02-29T00:00:00Z",
      undefined,
      null,
      "yesterday",
      "2023-02-30T00:00:00Z",
      "2023-11-14",
      "10000-01-01T00:00:00Z",
      "2023-11-14T22:13:20",
      "2023-11-14t22:13:20z",
      "",
      1_700_000_000_000,
    ],
    (request_time, shown) => begin(`start at the time ${shown}`, { request_time }),
  ),
  ...each(
    ["0s", "5s", "1.5s", "0.0015s", "0.000000001s", "-0.0015s", "-2s", "-1.25s", "315576000000s", undefined, null],
    (execution_duration, shown) => begin(`start with the duration ${shown}`, { execution_duration }),
  ),
  ...each(["5", "315576000001s", "1.s", "s", 5, ""], (execution_duration, shown) =>
    begin(`start with the odd duration ${shown}`, { execution_duration }),
  ),
  ...each(["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS", 0, 1, 3, undefined, null], (state, shown) =>
    begin(`start in state ${shown}`, { state }),
  ),
  ...each(["NOPE", "ok", 9, "", true], (state, shown) => begin(`start in the odd state ${shown}`, { state })),
];

const texts = [
  begin("start with empty texts", { client_request_id: "", request_preview: "", response_preview: "" }),
  begin("start with NUL in the previews", { request_preview: "a\0b", response_preview: "\0" }),
  begin("start with NUL in a tag", { tags: { a: "b\0c" } }),
  begin("start with long previews", { request_preview: "x".repeat(1000), response_preview: "ü".repeat(1000) }),
  begin("start with a preview too long", { request_preview: "x".repeat(1001) }),
  begin("start with another preview too long", { response_preview: "x".repeat(1001) }),
  begin("start with a long client id", { client_request_id: "x".repeat(50) }),
  begin("start with a client id too long", { client_request_id: "x".repeat(51) }),
  begin("start with a long name", { tags: { "mlflow.traceName": "n".repeat(4096) } }),
  begin("start with a name too long", { tags: { "mlflow.traceName": "n".repeat(4097) } }),
  begin("start with an empty name", { tags: { "mlflow.traceName": "" } }),
  begin("start with a long session", { trace_metadata: { "mlflow.trace.session": "s".repeat(250) } }),
  begin("start with a session too long", { trace_metadata: { "mlflow.trace.session": "s".repeat(251) } }),
  begin("start with an empty session", { trace_metadata: { "mlflow.trace.session": "" } }),
  ...(["tags", "trace_metadata"] as const).flatMap((field) => [
    begin(`start with long ${field}`, { [field]: { ["k".repeat(250)]: "v".repeat(8000) } }),
    begin(`start with a key too long in ${field}`, { [field]: { ["k".repeat(251)]: "v" } }),
    begin(`start with a value too long in ${field}`, { [field]: { k: "v".repeat(8001) } }),
    begin(`start with empty ${field}`, { [field]: { "": "" } }),
    ...each([{ k: 5 }, { k: null }, [], [{ key: "a", value: "b" }], "x"], (value, shown) =>
      begin(`start with ${shown} as ${field}`, { [field]: value }),
    ),
    begin(`start with null as ${field}`, { [field]: null }),
  ]),
  begin("start with unknown members", { nope: 1 }),
  begin("start with the older previews", { request: "q", response: "a" }),
];

const usage = each(
  [
    "nope",
    "[]",
    "{}",
    "null",
    '{"input_tokens": null}',
    '{"input_tokens": true, "output_tokens": 1.5, "total_tokens": "x"}',
    '{"input_tokens": "1e2", "output_tokens": " 7 ", "total_tokens": "8.00"}',
    '{"input_tokens": 9223372036854775807, "output_tokens": 9223372036854775808, "total_tokens": -3}',
    '{"input_tokens": 1e3, "cache_read_input_tokens": 1, "cache_creation_input_tokens": 2}',
    '{"cache_creation_input_tokens_above_1hr": 3, "total_tokens": [1]}',
    '{"input_tokens": NaN, "output_tokens": Infinity, "total_tokens": 1}',
  ],
  (value, shown) => begin(`start with the usage ${shown}`, { trace_metadata: { "mlflow.trace.tokenUsage": value } }),
);

const costs = each(
  [
    "nope",
    '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.30000000000000004}',
    '{"input_cost": "1e-5", "output_cost": NaN, "total_cost": 123456789.125}',
    '{"input_cost": true, "output_cost": "inf", "total_cost": 0}',
    '{"input_cost": 1e-7, "output_cost": -1, "total_cost": 12345678901234567890}',
    '{"total_cost": [1]}',
  ],
  (value, shown) => begin(`start with the cost ${shown}`, { trace_metadata: { "mlflow.trace.cost": value } }),
);

const pair = (key: string, value: unknown) => ({ key, value });
const given = { experiment_id: "$exp", timestamp_ms: 1_700_000_000_000 };
const save = { save: { old: "trace_info.request_id" } };

const version2 = [
  v2.post("v2: start", "/traces", given),
  v2.post(
    "v2: start with everything",
    "/traces",
    {
      ...given,
      request_metadata: [pair("mlflow.trace.session", "s"), pair("a", "1"), pair("a", "2")],
      tags: [pair("mlflow.traceName", "old"), pair("t", "v"), pair("mlflow.trace.spansLocation", "X")],
    },
    save,
  ),
  ...info("v2: start with everything", "$old"),
  v2.any("v2: end", "PATCH", "/api/2.0/mlflow/traces/$old", {
    body: {
      request_id: "$old",
      timestamp_ms: 1_700_000_000_123,
      status: "OK",
      request_metadata: [pair("b", "1"), pair("mlflow.trace.tokenUsage", '{"total_tokens": 4}')],
      tags: [pair("t", "w"), pair("u", "x"), pair("mlflow.traceName", "new"), pair("mlflow.artifactLocation", "y")],
    },
  }),
  ...info("v2: end", "$old"),
  ...each(["ERROR", "IN_PROGRESS", "TRACE_STATUS_UNSPECIFIED", 1, undefined], (status, shown) =>
    v2.any(`v2: end with status ${shown}`, "PATCH", "/api/2.0/mlflow/traces/$old", {
      body: { timestamp_ms: 1_700_000_000_500, status },
    }),
  ),
  v2.any("v2: end as OK", "PATCH", "/api/2.0/mlflow/traces/$old", { body: { status: "OK" } }),
  ...info("v2: end as OK", "$old"),
  v2.any("v2: end with a bad status", "PATCH", "/api/2.0/mlflow/traces/$old", { body: { status: "NOPE" } }),
  v2.any("v2: end with a text as time", "PATCH", "/api/2.0/mlflow/traces/$old", { body: { timestamp_ms: "x" } }),
  v2.any("v2: end of an unknown trace", "PATCH", "/api/2.0/mlflow/traces/nope", { body: { status: "OK" } }),
  v2.any("v2: end with a key too long", "PATCH", "/api/2.0/mlflow/traces/$old", {
    body: { status: "OK", timestamp_ms: 1_700_000_000_001, tags: [pair("k".repeat(251), "v")] },
  }),
  v2.any("v2: end with a name too long", "PATCH", "/api/2.0/mlflow/traces/$old", {
    body: { status: "OK", timestamp_ms: 1_700_000_000_001, tags: [pair("mlflow.traceName", "v".repeat(4097))] },
  }),
  v2.post("v2: start without a time", "/traces", { experiment_id: "$exp" }),
  v2.post("v2: start without an experiment", "/traces", { timestamp_ms: 5 }),
  v2.post("v2: start in a deleted experiment", "/traces", { ...given, experiment_id: "$gone" }),
  v2.post("v2: start in an unknown experiment", "/traces", { ...given, experiment_id: "99999999" }),
  v2.post("v2: start with a text as time", "/traces", { ...given, timestamp_ms: "x" }),
  v2.post("v2: start with digits as time", "/traces", { ...given, timestamp_ms: "1700000000001" }),
  v2.post("v2: start with a map as tags", "/traces", { ...given, tags: { a: "b" } }),
  v2.post("v2: start with a value too long", "/traces", { ...given, tags: [pair("a", "v".repeat(8001))] }),
];

const reading = [
  get("an unknown trace", "/traces/nope"),
  v2.get("an unknown trace in version 2", "/traces/nope/info"),
  get("with a parameter", `/traces/${traceId(1)}`, { trace_id: "nope" }),
  any("for the page", "GET", `/ajax-api/3.0/mlflow/traces/${traceId(1)}`),
  post("infos", "/traces/batchGetInfos", { trace_ids: [traceId(4), traceId(1), traceId(2), traceId(1), "nope"] }),
  post("infos of unknown ones", "/traces/batchGetInfos", { trace_ids: ["nope"] }),
  post("infos of none", "/traces/batchGetInfos", { trace_ids: [] }),
  post("infos without ids", "/traces/batchGetInfos", {}),
  ...each([["$exp"], ["$other"], ["$exp", "$other"], ["99999999"], [], ["abc"]], (experiment_ids, shown) =>
    post(`infos in the experiments ${shown}`, "/traces/batchGetInfos", { trace_ids: [traceId(1)], experiment_ids }),
  ),
  post("infos with null as experiments", "/traces/batchGetInfos", { trace_ids: [traceId(1)], experiment_ids: null }),
  ...each(["x", [5], [null], [""]], (trace_ids, shown) =>
    post(`infos of ${shown}`, "/traces/batchGetInfos", { trace_ids }),
  ),
];

export const traces: readonly Recorded[] = [
  ...experiments,
  ...starting,
  ...times,
  ...texts,
  ...usage,
  ...costs,
  ...version2,
  ...reading,
];
