import { each, type Recorded, requestsOf } from "../request.ts";
import { start, traceId, unique } from "./trace-parts.ts";

const { get, post, patch, remove } = requestsOf("trace changes", "/api/3.0/mlflow");
const v2 = requestsOf("trace changes", "/api/2.0/mlflow");

const id = (number: number) => traceId(1000 + number);
const one = id(1);
const tags = `/traces/${one}/tags`;
const read = (name: string) => get(`${name}, read`, `/traces/${one}`);

const setting = [
  v2.post("an experiment", "/experiments/create", { name: unique("changes") }, { save: { exp: "experiment_id" } }),
  v2.post("another", "/experiments/create", { name: unique("no changes") }, { save: { other: "experiment_id" } }),
  ...[1, 2, 3, 4, 5, 6, 7].map((number) =>
    post(`start ${number}`, "/traces", start(id(number), { request_time: `2023-11-14T22:13:0${number}Z` })),
  ),
  patch("set a tag", tags, { key: "a", value: "1" }),
  patch("set it again", tags, { key: "a", value: "2" }),
  v2.patch("set one in version 2", tags, { key: "b", value: "ü 🔑" }),
  read("set tags"),
  patch("set one without a value", tags, { key: "a" }),
  patch("set the name", tags, { key: "mlflow.traceName", value: "named" }),
  v2.patch("set the name in version 2", tags, { key: "mlflow.traceName", value: "named again" }),
  read("set the name"),
  ...each(["mlflow.artifactLocation", "mlflow.trace.spansLocation", "mlflow.trace.archivalFailure"], (key, shown) =>
    patch(`set ${shown}`, tags, { key, value: "x" }),
  ),
  ...each(["", "a@b", "a/../b", "../a", "/a", "a\tb", "ключ", "a b", "a.b-c_d/e:f", "k".repeat(250)], (key, shown) =>
    patch(`set the key '${shown}'`, tags, { key, value: "x" }),
  ),
  patch("set a key too long", tags, { key: "k".repeat(251), value: "x" }),
  patch("set a long value", tags, { key: "long", value: "v".repeat(9000) }),
  patch("set a name too long", tags, { key: "mlflow.traceName", value: "n".repeat(4097) }),
  patch("set a number", tags, { key: "a", value: 5 }),
  patch("set a number as key", tags, { key: 5, value: "a" }),
  patch("set nothing", tags, {}),
  patch("set NUL", tags, { key: "nul", value: "a\0b" }),
  patch("set one of an unknown trace", "/traces/nope/tags", { key: "a", value: "1" }),
  patch("set the name of an unknown trace", "/traces/nope/tags", { key: "mlflow.traceName", value: "1" }),
  read("set all"),
];

const deleting = [
  remove("delete a tag", tags, { key: "a" }),
  remove("delete it again", tags, { key: "a" }),
  v2.remove("delete one in version 2", tags, { key: "b" }),
  remove("delete the name", tags, { key: "mlflow.traceName" }),
  remove("delete the name again", tags, { key: "mlflow.traceName" }),
  ...each(["mlflow.artifactLocation", "mlflow.trace.archivalFailure", "", "nope"], (key, shown) =>
    remove(`delete the tag '${shown}'`, tags, { key }),
  ),
  remove("delete nothing", tags, {}),
  remove("delete one of an unknown trace", "/traces/nope/tags", { key: "a" }),
  remove("delete the name of an unknown trace", "/traces/nope/tags", { key: "mlflow.traceName" }),
  read("delete tags"),
];

const run = "0123456789abcdef0123456789abcdef";
const toRun = "/traces/link-to-run";
const version = (name: unknown, number: unknown) => ({ name, version: number });
const prompts = "/traces/link-prompts";

const linking = [
  v2.post("link to a run", toRun, { trace_ids: [one, id(2)], run_id: run }),
  v2.post("link to it again", toRun, { trace_ids: [one], run_id: run }),
  v2.post("link one twice", toRun, { trace_ids: [id(3), id(3)], run_id: run }),
  v2.post("link none", toRun, { trace_ids: [], run_id: run }),
  v2.post("link without traces", toRun, { run_id: run }),
  v2.post("link without a run", toRun, { trace_ids: [one] }),
  v2.post("link to an empty run", toRun, { trace_ids: [one], run_id: "" }),
  v2.post("link an unknown trace", toRun, { trace_ids: ["nope"], run_id: run }),
  v2.post("link 100", toRun, { trace_ids: Array.from({ length: 100 }, (_, index) => `x${index}`), run_id: run }),
  v2.post("link 101", toRun, { trace_ids: Array(101).fill("x"), run_id: run }),
  v2.post("link a long id", toRun, { trace_ids: ["x".repeat(37)], run_id: run }),
  v2.post("link to a long run", toRun, { trace_ids: [one], run_id: "r".repeat(37) }),
  v2.post("link a number", toRun, { trace_ids: [5], run_id: run }),
  v2.post("link prompts", prompts, { trace_id: one, prompt_versions: [version("p", "1"), version("q", "2")] }),
  v2.post("link a prompt again", prompts, { trace_id: one, prompt_versions: [version("p", "01")] }),
  v2.post("link a prompt twice", prompts, { trace_id: one, prompt_versions: [version("r", "1"), version("r", "1")] }),
  v2.post("link no prompts", prompts, { trace_id: one, prompt_versions: [] }),
  v2.post("link without prompts", prompts, { trace_id: one }),
  v2.post("link prompts without a trace", prompts, { prompt_versions: [] }),
  v2.post("link no prompts to an unknown trace", prompts, { trace_id: "nope", prompt_versions: [] }),
  v2.post("link prompts to an unknown trace", prompts, { trace_id: "nope", prompt_versions: [version("p", "1")] }),
  ...each(["x", "", "1.5", " 3 ", "-1"], (number, shown) =>
    v2.post(`link the version '${shown}'`, prompts, { trace_id: one, prompt_versions: [version("p", number)] }),
  ),
  v2.post("link a version that is a number", prompts, { trace_id: one, prompt_versions: [version("p", 1)] }),
  v2.post("link a prompt with a long name", prompts, {
    trace_id: one,
    prompt_versions: [version("p".repeat(35), "1")],
  }),
];

const gone = "/traces/delete-traces";
const of = (more: object) => ({ experiment_id: "$exp", ...more });

const deletion: Recorded[] = [
  v2.post("delete without an experiment", gone, { request_ids: [one] }),
  v2.post("delete none", gone, of({})),
  v2.post("delete no ids", gone, of({ request_ids: [] })),
  v2.post("delete by ids and time", gone, of({ request_ids: [one], max_timestamp_millis: 5 })),
  v2.post("delete by ids and number", gone, of({ request_ids: [one], max_traces: 1 })),
  v2.post("delete by number", gone, of({ max_traces: 1 })),
  ...each([0, -5, 2147483648, "1", "x"], (max_traces, shown) =>
    v2.post(`delete at most ${shown}`, gone, of({ max_timestamp_millis: 5, max_traces })),
  ),
  v2.post("delete before all", gone, of({ max_timestamp_millis: 5 })),
  v2.post("delete of another experiment", gone, { experiment_id: "$other", request_ids: [one] }),
  ...each(["abc", "9999999", ""], (experiment_id, shown) =>
    v2.post(`delete of the experiment '${shown}'`, gone, { experiment_id, request_ids: [one] }),
  ),
  v2.post("delete by ids", gone, of({ request_ids: [id(7), id(7), "nope"] })),
  v2.post("delete the oldest", gone, of({ max_timestamp_millis: 1_700_000_000_000, max_traces: 1 })),
  get("the oldest is gone", `/traces/${one}`),
  post("delete in version 3", gone, of({ request_ids: [id(2)] })),
  v2.post("delete up to a time", gone, of({ max_timestamp_millis: "1699999984000" })),
  post("what is left", "/traces/batchGetInfos", { trace_ids: [1, 2, 3, 4, 5, 6, 7].map(id) }),
  v2.post("delete with a text as time", gone, of({ max_timestamp_millis: "x" })),
  v2.post("delete with a text as ids", gone, of({ request_ids: "x" })),
];

export const traceChanges: readonly Recorded[] = [...setting, ...deleting, ...linking, ...deletion];
