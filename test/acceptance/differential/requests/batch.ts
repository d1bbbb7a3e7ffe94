import { each, raw, requestsOf } from "../request.ts";

const { get, post } = requestsOf("batch", "/api/2.0/mlflow");
const unknown = "0123456789abcdef0123456789abcdef";
// What stock takes in parts and we refuse goes to a run of its own, which is not read again.
const junk = (name: string, members: object) => post(name, "/runs/log-batch", { run_id: "$junk", ...members });
const batch = (name: string, members: object) => post(name, "/runs/log-batch", { run_id: "$run", ...members });
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const metrics = (count: number, key = "m") =>
  many(count, (index) => ({ key: `${key}${index}`, value: index, timestamp: 1, step: 0 }));
const pairs = (count: number, key: string) => many(count, (index) => ({ key: `${key}${index}`, value: `v${index}` }));
const point = { key: "x", value: 1, timestamp: 1, step: 0 };

export const batches = [
  post("an experiment", "/experiments/create", { name: "batch" }, { save: { exp: "experiment_id" } }),
  post(
    "a run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "b" },
    { save: { run: "run.info.run_id" } },
  ),
  post(
    "a run for junk",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "j" },
    { save: { junk: "run.info.run_id" } },
  ),
  post(
    "a run for limits",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "l" },
    { save: { limits: "run.info.run_id" } },
  ),
  batch("all kinds", { metrics: [point], params: [{ key: "p", value: "1" }], tags: [{ key: "t", value: "1" }] }),
  batch("all kinds again", { metrics: [point], params: [{ key: "p", value: "1" }], tags: [{ key: "t", value: "2" }] }),
  get("get all kinds", "/runs/get", { run_id: "$run" }),
  batch("nothing", {}),
  batch("empty lists", { metrics: [], params: [], tags: [] }),
  batch("null lists", { metrics: null, params: null, tags: null }),
  batch("a changed param", {
    metrics: [{ ...point, key: "with changed param" }],
    params: [{ key: "p", value: "2" }],
    tags: [{ key: "with changed param", value: "1" }],
  }),
  batch("a new and a changed param", {
    params: [
      { key: "p9", value: "9" },
      { key: "p", value: "3" },
    ],
  }),
  batch("a param twice", {
    params: [
      { key: "d", value: "1" },
      { key: "d", value: "1" },
    ],
  }),
  batch("a param twice with two values", {
    params: [
      { key: "d", value: "1" },
      { key: "d", value: "2" },
    ],
  }),
  batch("a tag twice", {
    tags: [
      { key: "d", value: "1" },
      { key: "d", value: "2" },
    ],
  }),
  batch("a metric point twice", {
    metrics: [
      { ...point, key: "twice" },
      { ...point, key: "twice" },
    ],
  }),
  batch("a metric point with three values", { metrics: [3, 1, 2].map((value) => ({ ...point, key: "three", value })) }),
  batch("steps out of order", {
    metrics: [5, 1, 3].map((step) => ({ key: "order", value: step, timestamp: step, step })),
  }),
  batch("equal steps by timestamp", {
    metrics: [5, 9, 3].map((at) => ({ key: "at", value: 100 - at, timestamp: at, step: 1 })),
  }),
  get("history of three", "/metrics/get-history", { run_id: "$run", metric_key: "three" }),
  get("history of twice", "/metrics/get-history", { run_id: "$run", metric_key: "twice" }),
  batch("NaN and infinities", {
    metrics: ["NaN", "Infinity", "-Infinity"].map((value) => ({ ...point, key: `as ${value}`, value })),
  }),
  post(
    "bare NaN and infinities",
    "/runs/log-batch",
    raw(
      '{"run_id":"$junk","metrics":[{"key":"bare NaN","value":NaN,"timestamp":1,"step":0},{"key":"bare inf","value":Infinity,"timestamp":1,"step":0}]}',
    ),
  ),
  batch("NaN then a number", {
    metrics: [
      { ...point, key: "n1", value: "NaN" },
      { ...point, key: "n1", value: 5 },
    ],
  }),
  batch("a number then NaN", {
    metrics: [
      { ...point, key: "n2", value: 5 },
      { ...point, key: "n2", value: "NaN" },
    ],
  }),
  batch("step extremes", {
    metrics: ["9223372036854775807", "-9223372036854775808"].map((step) => ({
      key: "extreme",
      value: 1,
      timestamp: 1,
      step,
    })),
  }),
  batch("a negative timestamp", { metrics: [{ ...point, timestamp: -1 }] }),
  get("get the run", "/runs/get", { run_id: "$run" }),
  ...each(["key", "value", "timestamp"], (member) =>
    batch(`a metric without ${member}`, { metrics: [point, { ...point, [member]: undefined }] }),
  ),
  ...each(["key", "value", "timestamp"], (member) =>
    batch(`a metric with empty ${member}`, { metrics: [{ ...point, [member]: "" }] }),
  ),
  batch("a metric without step", { metrics: [{ key: "no step", value: 1, timestamp: 1 }] }),
  junk("a metric with a bad value", { metrics: [{ ...point, value: "abc" }] }),
  junk("a metric with a boolean value", { metrics: [{ ...point, value: true }] }),
  junk("a metric with a bad step", { metrics: [{ ...point, step: 1.5 }] }),
  junk("a metric that is a string", { metrics: ["x"] }),
  junk("metrics that are an object", { metrics: { key: "x" } }),
  junk("metrics that are a string", { metrics: "x" }),
  batch("a param without key", { params: [{ value: "1" }] }),
  batch("a param without value", { params: [{ key: "no value" }] }),
  batch("a param with an empty value", { params: [{ key: "empty value", value: "" }] }),
  junk("a param with a number", { params: [{ key: "number", value: 1 }] }),
  batch("a tag without key", { tags: [{ value: "1" }] }),
  batch("a tag without value", { tags: [{ key: "no value" }] }),
  batch("a tag with a bad key", {
    tags: [
      { key: "ok", value: "1" },
      { key: "a/../b", value: "1" },
    ],
  }),
  batch("a param with a bad key", { params: [{ key: "a?b", value: "1" }] }),
  batch("a metric with a bad key", { metrics: [point, { ...point, key: "../x" }] }),
  batch("a param of 6001", { params: [{ key: "p6001", value: "v".repeat(6001) }] }),
  batch("a param of 6001 again", { params: [{ key: "p6001", value: "v".repeat(6001) }] }),
  batch("a tag of 8001", { tags: [{ key: "t8001", value: "v".repeat(8001) }] }),
  ...each(["metrics", "params", "tags"], (kind) =>
    batch(`a key of 251 in ${kind}`, {
      [kind]: [{ ...(kind === "metrics" && point), key: "k".repeat(251), ...(kind !== "metrics" && { value: "1" }) }],
    }),
  ),
  batch("NUL in a tag", { tags: [{ key: "nul", value: "a\0b" }] }),
  post("no run", "/runs/log-batch", { metrics: [point] }),
  post("an empty run", "/runs/log-batch", { run_id: "", metrics: [point] }),
  post("an unknown run", "/runs/log-batch", { run_id: unknown, metrics: [point] }),
  post("an unknown run and nothing to log", "/runs/log-batch", { run_id: unknown }),
  post("by run_uuid", "/runs/log-batch", { run_uuid: "$run", tags: [{ key: "uuid", value: "1" }] }),
  post("a bad run id", "/runs/log-batch", { run_id: "a/b", metrics: [point] }),
  post("an empty body", "/runs/log-batch", raw("")),
  post("malformed JSON", "/runs/log-batch", raw("{")),
  post("an array", "/runs/log-batch", raw("[]")),
  post(
    "double-encoded JSON",
    "/runs/log-batch",
    raw(JSON.stringify('{"run_id":"$run","tags":[{"key":"double","value":"1"}]}')),
  ),
  post("a wrong content type", "/runs/log-batch", { run_id: "$run" }, { headers: { "content-type": "text/plain" } }),
  get("get the run at the end", "/runs/get", { run_id: "$run" }),
  post("1000 metrics", "/runs/log-batch", { run_id: "$limits", metrics: metrics(1000) }),
  post("1001 metrics", "/runs/log-batch", { run_id: "$limits", metrics: metrics(1001) }),
  post("100 params", "/runs/log-batch", { run_id: "$limits", params: pairs(100, "p") }),
  post("101 params", "/runs/log-batch", { run_id: "$limits", params: pairs(101, "p") }),
  post("100 tags", "/runs/log-batch", { run_id: "$limits", tags: pairs(100, "t") }),
  post("101 tags", "/runs/log-batch", { run_id: "$limits", tags: pairs(101, "t") }),
  post("1000 entities", "/runs/log-batch", {
    run_id: "$limits",
    metrics: metrics(800, "e"),
    params: pairs(100, "e"),
    tags: pairs(100, "e"),
  }),
  post("1001 entities", "/runs/log-batch", {
    run_id: "$limits",
    metrics: metrics(801, "f"),
    params: pairs(100, "f"),
    tags: pairs(100, "f"),
  }),
  post(
    "just under 1 MB",
    "/runs/log-batch",
    raw(`{"run_id":"$limits","pad":"${"x".repeat(999_900)}","tags":[{"key":"big","value":"1"}]}`),
  ),
  post(
    "more than 1 MB",
    "/runs/log-batch",
    raw(`{"run_id":"$limits","pad":"${"x".repeat(1_000_100)}","tags":[{"key":"bigger","value":"1"}]}`),
  ),
  get("get the limits", "/runs/get", { run_id: "$limits" }),
];
