import { each, raw, requestsOf } from "../request.ts";

const { get, post, any } = requestsOf("metrics", "/api/2.0/mlflow");
const unknown = "0123456789abcdef0123456789abcdef";
const ajax = "/ajax-api/2.0/mlflow/metrics";
const metric = (key: string, value: unknown, timestamp: unknown = 1, step?: unknown) => ({
  run_id: "$run",
  key,
  value,
  timestamp,
  step,
});

// What stock takes in parts and we refuse goes to a run of its own, which is not read again.
const junk = (key: string, value: unknown, timestamp: unknown = 1, step?: unknown) => ({
  ...metric(key, value, timestamp, step),
  run_id: "$junk",
});
const bare = (token: string) => `"value":${token},"timestamp":7,"step":3`;

const log = [
  post("an experiment", "/experiments/create", { name: "metrics" }, { save: { exp: "experiment_id" } }),
  post(
    "a run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "m" },
    { save: { run: "run.info.run_id" } },
  ),
  post(
    "another run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 2, run_name: "n" },
    { save: { other: "run.info.run_id" } },
  ),
  post(
    "a run for junk",
    "/runs/create",
    { experiment_id: "$exp", start_time: 3, run_name: "j" },
    { save: { junk: "run.info.run_id" } },
  ),
  post("log", "/runs/log-metric", metric("loss", 0.5, 1000, 0)),
  post("log without step", "/runs/log-metric", metric("stepless", 0.5, 1000)),
  post("log the same point again", "/runs/log-metric", metric("loss", 0.5, 1000, 0)),
  post("log another value at the same point", "/runs/log-metric", metric("loss", 0.6, 1000, 0)),
  ...each([1, 2, 3, 5, 4], (step) =>
    post(`log step ${step}`, "/runs/log-metric", metric("loss", step / 10, 1000 + step, step)),
  ),
  post("log an older step later", "/runs/log-metric", metric("loss", 9, 5000, 2)),
  post("log by run_uuid", "/runs/log-metric", { run_uuid: "$run", key: "uuid", value: 1, timestamp: 1 }),
  ...each(
    ["NaN", "Infinity", "-Infinity", "1.5", 0, 5e-324, 1.7976931348623157e308, 123456789012345680000],
    (value, shown) =>
      post(`log the value ${shown}`, "/runs/log-metric", metric(`value ${shown.replace(/[^\w.-]/g, "_")}`, value)),
  ),
  ...each(
    [" 1", "1e400", "nan", "inf", "-inf", "", "abc", "0x10", "1_000", true, null, [1], { a: 1 }],
    (value, shown) => post(`log the odd value ${shown}`, "/runs/log-metric", junk("odd value", value)),
  ),
  ...each(["-0", "1E5", "123.456e-2"], (token) =>
    post(`log the bare ${token}`, "/runs/log-metric", raw(`{"run_id":"$run","key":"bare ${token}",${bare(token)}}`)),
  ),
  ...each(["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "1.", ".5", "+1"], (token) =>
    post(
      `log the odd bare ${token}`,
      "/runs/log-metric",
      raw(`{"run_id":"$junk","key":"bare ${token.replace("+", "plus ")}",${bare(token)}}`),
    ),
  ),
  ...each([0, "1000", 2.0, "9223372036854775807"], (timestamp, shown) =>
    post(
      `log the timestamp ${shown}`,
      "/runs/log-metric",
      metric(`timestamp ${shown.replace(/"/g, "_")}`, 1, timestamp),
    ),
  ),
  ...each([-1, "abc", 1.5, true, null, "", "9223372036854775808"], (timestamp, shown) =>
    post(`log the odd timestamp ${shown}`, "/runs/log-metric", junk("odd timestamp", 1, timestamp)),
  ),
  ...each(["9223372036854775807", "-9223372036854775808", "9007199254740993", -5, 3.0, ""], (step, shown) =>
    post(`log the step ${shown}`, "/runs/log-metric", metric("steps", 1, 1, step)),
  ),
  ...each(["9223372036854775808", "-9223372036854775809", 1.5, "abc", true, "1.0", "1e3"], (step, shown) =>
    post(`log the odd step ${shown}`, "/runs/log-metric", junk("odd steps", 1, 1, step)),
  ),
  ...each(["9223372036854775807", "-9223372036854775808", "1e3", "2.0"], (step) =>
    post(
      `log the bare step ${step}`,
      "/runs/log-metric",
      raw(`{"run_id":"$run","key":"bare steps","value":1,"timestamp":1,"step":${step}}`),
    ),
  ),
  ...each(["9223372036854775808", "1e19"], (step) =>
    post(
      `log the odd bare step ${step}`,
      "/runs/log-metric",
      raw(`{"run_id":"$junk","key":"bare steps","value":1,"timestamp":1,"step":${step}}`),
    ),
  ),
  post("log without key", "/runs/log-metric", { run_id: "$run", value: 1, timestamp: 1 }),
  post("log without value", "/runs/log-metric", { run_id: "$run", key: "a", timestamp: 1 }),
  post("log without timestamp", "/runs/log-metric", { run_id: "$run", key: "a", value: 1 }),
  post("log without run", "/runs/log-metric", { key: "a", value: 1, timestamp: 1 }),
  post("log to an unknown run", "/runs/log-metric", { run_id: unknown, key: "a", value: 1, timestamp: 1 }),
  post("log a key of 250", "/runs/log-metric", metric("k".repeat(250), 1)),
  post("log a key of 251", "/runs/log-metric", metric("k".repeat(251), 1)),
  ...each(["a/b", "../a", "a//b", "a#b", "a(b)", "é", "a\0b"], (key, shown) =>
    post(`log the key ${shown}`, "/runs/log-metric", metric(key, 1)),
  ),
  post("log with a dataset", "/runs/log-metric", {
    ...metric("on dataset", 1),
    dataset_name: "d",
    dataset_digest: "x",
  }),
  post("log with an unknown model", "/runs/log-metric", { ...junk("on model", 1), model_id: `m-${unknown}` }),
  post("log camelCase", "/runs/log-metric", { runId: "$junk", key: "camel", value: 1, timestamp: 1, modelId: "" }),
  get("get the run", "/runs/get", { run_id: "$run" }),
];

const history = [
  get("history", "/metrics/get-history", { run_id: "$run", metric_key: "loss" }),
  get("history of steps", "/metrics/get-history", { run_id: "$run", metric_key: "steps" }),
  get("history of bare steps", "/metrics/get-history", { run_id: "$run", metric_key: "bare steps" }),
  ...each(["value NaN", "value Infinity", "value -Infinity", "stepless", "on dataset"], (metric_key) =>
    get(`history of ${metric_key}`, "/metrics/get-history", { run_id: "$run", metric_key }),
  ),
  ...each(["bare NaN", "bare Infinity", "bare 1e400"], (metric_key) =>
    get(`history of ${metric_key}`, "/metrics/get-history", { run_id: "$junk", metric_key }),
  ),
  get("history by run_uuid", "/metrics/get-history", { run_uuid: "$run", metric_key: "loss" }),
  get("history of an unknown metric", "/metrics/get-history", { run_id: "$run", metric_key: "nope" }),
  get("history of an unknown run", "/metrics/get-history", { run_id: unknown, metric_key: "loss" }),
  get("history without key", "/metrics/get-history", { run_id: "$run" }),
  get("history without run", "/metrics/get-history", { metric_key: "loss" }),
  get("history with nothing", "/metrics/get-history"),
  get(
    "history page 1",
    "/metrics/get-history",
    { run_id: "$run", metric_key: "loss", max_results: 3 },
    { save: { page2: "next_page_token" } },
  ),
  get(
    "history page 2",
    "/metrics/get-history",
    { run_id: "$run", metric_key: "loss", max_results: 3, page_token: "$page2" },
    { save: { page3: "next_page_token" } },
  ),
  get(
    "history page 3",
    "/metrics/get-history",
    { run_id: "$run", metric_key: "loss", max_results: 3, page_token: "$page3" },
    { save: { page4: "next_page_token" } },
  ),
  get("history from a token alone", "/metrics/get-history", {
    run_id: "$run",
    metric_key: "loss",
    page_token: "$page2",
  }),
  get("history with an empty token", "/metrics/get-history", { run_id: "$run", metric_key: "loss", page_token: "" }),
  ...each(["nonsense", "e30=", "eyJvZmZzZXQiOiAtMX0=", "eyJvZmZzZXQiOiAiYSJ9", "!"], (page_token) =>
    get(`history with the token ${page_token}`, "/metrics/get-history", {
      run_id: "$run",
      metric_key: "loss",
      max_results: 2,
      page_token,
    }),
  ),
  ...each([0, -1, "abc", 1.5, 25001, "2147483648", ""], (max_results, shown) =>
    get(`history of at most ${shown || "''"}`, "/metrics/get-history", {
      run_id: "$run",
      metric_key: "loss",
      max_results,
    }),
  ),
];

const more = Array.from({ length: 40 }, (_, step) => ({
  key: "curve",
  value: step * step,
  timestamp: 100 + step,
  step,
}));
const ids = (count: number) => Array.from({ length: count }, (_, index) => index.toString(16).padStart(32, "0"));

const bulk = [
  post("a curve", "/runs/log-batch", { run_id: "$run", metrics: more }),
  post("another curve", "/runs/log-batch", {
    run_id: "$other",
    metrics: more.slice(5, 25).map((point) => ({ ...point, value: -point.value })),
  }),
  any("bulk", "GET", `${ajax}/get-history-bulk`, { query: { run_id: ["$run", "$other"], metric_key: "curve" } }),
  any("bulk of loss", "GET", `${ajax}/get-history-bulk`, { query: { run_id: "$run", metric_key: "loss" } }),
  any("bulk of NaN", "GET", `${ajax}/get-history-bulk`, { query: { run_id: "$run", metric_key: "value NaN" } }),
  any("bulk of infinity", "GET", `${ajax}/get-history-bulk`, {
    query: { run_id: "$run", metric_key: "value Infinity" },
  }),
  any("bulk of steps", "GET", `${ajax}/get-history-bulk`, { query: { run_id: "$run", metric_key: "steps" } }),
  any("bulk without run", "GET", `${ajax}/get-history-bulk`, { query: { metric_key: "curve" } }),
  any("bulk without key", "GET", `${ajax}/get-history-bulk`, { query: { run_id: "$run" } }),
  any("bulk of an unknown run", "GET", `${ajax}/get-history-bulk`, {
    query: { run_id: [unknown, "$run"], metric_key: "loss" },
  }),
  any("bulk of 100 runs", "GET", `${ajax}/get-history-bulk`, { query: { run_id: ids(100), metric_key: "curve" } }),
  any("bulk of 101 runs", "GET", `${ajax}/get-history-bulk`, { query: { run_id: ids(101), metric_key: "curve" } }),
  ...each([3, 0, -1, "abc", 99999], (max_results, shown) =>
    any(`bulk of at most ${shown}`, "GET", `${ajax}/get-history-bulk`, {
      query: { run_id: "$run", metric_key: "curve", max_results },
    }),
  ),
  any("bulk under api", "GET", "/api/2.0/mlflow/metrics/get-history-bulk", {
    query: { run_id: "$run", metric_key: "loss" },
  }),
];

const interval = (name: string, query: Record<string, string | number | string[]>) =>
  get(`interval ${name}`, "/metrics/get-history-bulk-interval", query);
const both = { run_ids: ["$run", "$other"], metric_key: "curve" };

const intervals = [
  interval("whole", both),
  interval("of one run", { run_ids: "$run", metric_key: "curve" }),
  any("interval through ajax", "GET", `${ajax}/get-history-bulk-interval`, { query: { ...both, max_results: 5 } }),
  ...each([1, 2, 5, 7, 10, 39, 40, 2500], (max_results) =>
    interval(`sampled to ${max_results}`, { ...both, max_results }),
  ),
  ...each([0, -1, 2501, "abc", "", 1.5], (max_results, shown) =>
    interval(`sampled to the bad ${shown || "''"}`, { ...both, max_results }),
  ),
  interval("from 5 to 20", { ...both, start_step: 5, end_step: 20 }),
  interval("from 5 to 20 sampled to 4", { ...both, start_step: 5, end_step: 20, max_results: 4 }),
  interval("from 3 to 3", { ...both, start_step: 3, end_step: 3 }),
  interval("from 20 to 5", { ...both, start_step: 20, end_step: 5 }),
  interval("from 5", { ...both, start_step: 5 }),
  interval("to 5", { ...both, end_step: 5 }),
  interval("from a to b", { ...both, start_step: "a", end_step: "b" }),
  interval("beyond the end", { ...both, start_step: 100, end_step: 200 }),
  interval("below zero", { ...both, start_step: -10, end_step: 2 }),
  interval("without runs", { metric_key: "curve" }),
  interval("without key", { run_ids: "$run" }),
  interval("of an unknown run", { run_ids: [unknown], metric_key: "curve" }),
  interval("of 100 runs", { run_ids: ids(100), metric_key: "curve" }),
  interval("of one run twice", { run_ids: ["$run", "$run"], metric_key: "curve", max_results: 5 }),
  interval("of 101 runs", { run_ids: ids(101), metric_key: "curve" }),
  interval("of loss with equal steps", { run_ids: "$run", metric_key: "loss", max_results: 3 }),
  interval("of NaN", { run_ids: "$run", metric_key: "value NaN" }),
  interval("of an unknown metric", { run_ids: "$run", metric_key: "nope" }),
];

export const metrics = [...log, ...history, ...bulk, ...intervals];
