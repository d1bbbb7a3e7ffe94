import { each, raw, requestsOf } from "../request.ts";

const { get, post, any } = requestsOf("runs", "/api/2.0/mlflow");
const start = 1_700_000_000_000;
const tag = (key: string, value: unknown) => ({ key, value });
const run = (more: object = {}) => ({ experiment_id: "$exp", start_time: start, ...more });
const saveRun = (name: string) => ({ save: { [name]: "run.info.run_id" } });

const create = [
  post("an experiment for runs", "/experiments/create", { name: "runs" }, { save: { exp: "experiment_id" } }),
  post(
    "an experiment to delete",
    "/experiments/create",
    { name: "runs, deleted" },
    { save: { gone: "experiment_id" } },
  ),
  post(
    "an experiment on wasbs",
    "/experiments/create",
    { name: "runs, wasbs", artifact_location: "wasbs://container@account.blob.core.windows.net/root/" },
    { save: { wasbs: "experiment_id" } },
  ),
  post(
    "create in the deleted experiment first",
    "/runs/create",
    { experiment_id: "$gone", start_time: start, run_name: "g" },
    saveRun("inGone"),
  ),
  post("delete the experiment", "/experiments/delete", { experiment_id: "$gone" }),
  get("get a run of the deleted experiment", "/runs/get", { run_id: "$inGone" }),
  post("create in a deleted experiment", "/runs/create", { experiment_id: "$gone", start_time: start }),
  post("log to a run of the deleted experiment", "/runs/log-parameter", { run_id: "$inGone", key: "a", value: "1" }),
  post("create", "/runs/create", run({ run_name: "first" }), saveRun("first")),
  post("create without a name", "/runs/create", run(), saveRun("unnamed")),
  post("create with an empty name", "/runs/create", run({ run_name: "" })),
  post(
    "create with everything",
    "/runs/create",
    run({ run_name: "full", user_id: "ada", tags: [tag("a", "1"), tag("b", ""), tag("mlflow.source.name", "x.py")] }),
    saveRun("full"),
  ),
  post("create with the name as tag", "/runs/create", run({ tags: [tag("mlflow.runName", "by tag")] })),
  post("create with two equal names", "/runs/create", run({ run_name: "same", tags: [tag("mlflow.runName", "same")] })),
  post(
    "create with two different names",
    "/runs/create",
    run({ run_name: "one", tags: [tag("mlflow.runName", "other")] }),
  ),
  post(
    "create on wasbs",
    "/runs/create",
    { experiment_id: "$wasbs", start_time: start, run_name: "w" },
    saveRun("onWasbs"),
  ),
  post("create without an experiment", "/runs/create", { start_time: start, run_name: "x" }),
  post("create in an empty experiment", "/runs/create", { experiment_id: "", start_time: start }),
  ...each(["99999", "abc", "-1", "99999999999999999999"], (id, shown) =>
    post(`create in experiment ${shown}`, "/runs/create", { experiment_id: id }),
  ),
  post("create in a number", "/runs/create", { experiment_id: 0, start_time: start }),
  post("create without start time", "/runs/create", { experiment_id: "$exp", run_name: "timeless" }),
  ...each(
    [
      "1700000000001",
      1700000000001.0,
      1.5,
      "1.5",
      "abc",
      -1,
      true,
      null,
      "9223372036854775807",
      "9223372036854775808",
      [1],
    ],
    (start_time, shown) =>
      post(`create with start time ${shown}`, "/runs/create", { experiment_id: "$exp", run_name: "timed", start_time }),
  ),
  post("create with a name of 250", "/runs/create", run({ run_name: "n".repeat(250) })),
  post("create with a name of 300", "/runs/create", run({ run_name: "n".repeat(300) })),
  post("create with a user of 300", "/runs/create", run({ run_name: "u", user_id: "u".repeat(300) })),
  post("create with a tag twice", "/runs/create", run({ run_name: "t", tags: [tag("a", "1"), tag("a", "2")] })),
  post("create with a tag value of 8001", "/runs/create", run({ run_name: "t", tags: [tag("a", "v".repeat(8001))] })),
  post("create with a tag key of 251", "/runs/create", run({ run_name: "t", tags: [tag("k".repeat(251), "v")] })),
  post("create with a bad tag key", "/runs/create", run({ run_name: "t", tags: [tag("../a", "v")] })),
  post("create with tags as object", "/runs/create", run({ run_name: "t", tags: { a: 1 } })),
  post("create with a name that is a number", "/runs/create", run({ run_name: 5 })),
  post(
    "create with unicode",
    "/runs/create",
    run({ run_name: "实验 🚀", user_id: "müller", tags: [tag("ключ", "🔑")] }),
    saveRun("unicode"),
  ),
  post("create with NUL", "/runs/create", run({ run_name: "a\0b" })),
  post("create with camelCase fields", "/runs/create", {
    experimentId: "$exp",
    startTime: String(start),
    runName: "camel",
  }),
  post("create with unknown fields", "/runs/create", run({ run_name: "unknown", what: 1 })),
  any("create at 3.0", "POST", "/api/3.0/mlflow/runs/create", { body: run() }),
];

const read = [
  ...each(["first", "full", "unicode", "onWasbs"], (name) => get(`get ${name}`, "/runs/get", { run_id: `$${name}` })),
  get("get by run_uuid", "/runs/get", { run_uuid: "$full" }),
  get("get with both ids", "/runs/get", { run_id: "$full", run_uuid: "$first" }),
  get("get without id", "/runs/get"),
  get("get an empty id", "/runs/get", { run_id: "" }),
  get("get an unknown id", "/runs/get", { run_id: "0123456789abcdef0123456789abcdef" }),
  get("get a bad id", "/runs/get", { run_id: "../etc" }),
  get("get a long id", "/runs/get", { run_id: "a".repeat(300) }),
  get("get an upper case id", "/runs/get", { run_id: "ABCDEF" }),
  any("get through ajax-api", "GET", "/ajax-api/2.0/mlflow/runs/get", { query: { run_id: "$first" } }),
  any("get with POST", "POST", "/api/2.0/mlflow/runs/get", { body: { run_id: "$first" } }),
];

const update = [
  post("update to finished", "/runs/update", { run_id: "$first", status: "FINISHED", end_time: start + 5 }),
  get("get the finished", "/runs/get", { run_id: "$first" }),
  post("update back to running", "/runs/update", { run_id: "$first", status: "RUNNING" }),
  ...each(["SCHEDULED", "FAILED", "KILLED", 3, "3", 1], (status, shown) =>
    post(`update to status ${shown}`, "/runs/update", { run_id: "$first", status }),
  ),
  ...each(["finished", "NOPE", 99, 0, "", null, true, ["FINISHED"], 1.5], (status, shown) =>
    post(`update to bad status ${shown}`, "/runs/update", { run_id: "$first", status }),
  ),
  ...each([0, -1, "1700000000009", "abc", 1.5, null, "9223372036854775807", 9.3e18], (end_time, shown) =>
    post(`update to end time ${shown}`, "/runs/update", { run_id: "$first", status: "FINISHED", end_time }),
  ),
  post("update the end time alone", "/runs/update", { run_id: "$first", end_time: start + 7 }),
  post("update the name", "/runs/update", { run_id: "$first", run_name: "renamed" }),
  get("get the renamed", "/runs/get", { run_id: "$first" }),
  post("update the name to nothing", "/runs/update", { run_id: "$first", run_name: "" }),
  post("update with nothing", "/runs/update", { run_id: "$first" }),
  post("update by run_uuid", "/runs/update", { run_uuid: "$first", status: "FAILED" }),
  post("update without id", "/runs/update", { status: "FAILED" }),
  post("update an unknown run", "/runs/update", { run_id: "0123456789abcdef0123456789abcdef", status: "FAILED" }),
  post("update with malformed JSON", "/runs/update", raw('{"run_id":')),
];

const tags = [
  post("set a tag", "/runs/set-tag", { run_id: "$first", key: "team", value: "blue" }),
  post("set a tag again", "/runs/set-tag", { run_id: "$first", key: "team", value: "red" }),
  post("set an empty tag", "/runs/set-tag", { run_id: "$first", key: "empty", value: "" }),
  post("set a tag without value", "/runs/set-tag", { run_id: "$first", key: "none" }),
  post("set a tag without key", "/runs/set-tag", { run_id: "$first", value: "v" }),
  post("set a tag with an empty key", "/runs/set-tag", { run_id: "$first", key: "", value: "v" }),
  post("set a tag by run_uuid", "/runs/set-tag", { run_uuid: "$first", key: "uuid", value: "v" }),
  post("set a tag on an unknown run", "/runs/set-tag", {
    run_id: "0123456789abcdef0123456789abcdef",
    key: "a",
    value: "v",
  }),
  post("set a tag on nothing", "/runs/set-tag", { key: "a", value: "v" }),
  post("set a tag value of 8000", "/runs/set-tag", { run_id: "$first", key: "v8000", value: "v".repeat(8000) }),
  post("set a tag value of 8001", "/runs/set-tag", { run_id: "$first", key: "v8001", value: "v".repeat(8001) }),
  post("set a tag key of 250", "/runs/set-tag", { run_id: "$first", key: "k".repeat(250), value: "v" }),
  post("set a tag key of 251", "/runs/set-tag", { run_id: "$first", key: "k".repeat(251), value: "v" }),
  ...each(["a/b", "a/../b", "/a", "a#b", "a b.c-d:e", "a%b", "é", " ", "a\nb"], (key, shown) =>
    post(`set the tag key ${shown}`, "/runs/set-tag", { run_id: "$first", key, value: "v" }),
  ),
  post("set the run's name by tag", "/runs/set-tag", { run_id: "$first", key: "mlflow.runName", value: "by tag" }),
  post("set a number as tag", "/runs/set-tag", { run_id: "$first", key: "n", value: 5 }),
  post("set NUL as tag", "/runs/set-tag", { run_id: "$first", key: "nul", value: "a\0b" }),
  get("get the tagged", "/runs/get", { run_id: "$first" }),
  post("delete a tag", "/runs/delete-tag", { run_id: "$first", key: "team" }),
  post("delete a tag again", "/runs/delete-tag", { run_id: "$first", key: "team" }),
  post("delete a tag without key", "/runs/delete-tag", { run_id: "$first" }),
  post("delete a tag of an unknown run", "/runs/delete-tag", { run_id: "0123456789abcdef0123456789abcdef", key: "a" }),
];

const life = [
  post("delete", "/runs/delete", { run_id: "$full" }),
  post("delete again", "/runs/delete", { run_id: "$full" }),
  get("get the deleted", "/runs/get", { run_id: "$full" }),
  post("set a tag on the deleted", "/runs/set-tag", { run_id: "$full", key: "a", value: "v" }),
  post("delete a tag of the deleted", "/runs/delete-tag", { run_id: "$full", key: "a" }),
  post("log a param to the deleted", "/runs/log-parameter", { run_id: "$full", key: "a", value: "v" }),
  post("log a metric to the deleted", "/runs/log-metric", { run_id: "$full", key: "a", value: 1, timestamp: 1 }),
  post("log a batch to the deleted", "/runs/log-batch", { run_id: "$full", tags: [tag("a", "v")] }),
  post("update the deleted", "/runs/update", { run_id: "$full", status: "FAILED" }),
  post("restore", "/runs/restore", { run_id: "$full" }),
  post("restore again", "/runs/restore", { run_id: "$full" }),
  get("get the restored", "/runs/get", { run_id: "$full" }),
  post("delete an unknown run", "/runs/delete", { run_id: "0123456789abcdef0123456789abcdef" }),
  post("delete nothing", "/runs/delete", {}),
  post("delete with run_uuid", "/runs/delete", { run_uuid: "$full" }),
  post("restore an unknown run", "/runs/restore", { run_id: "0123456789abcdef0123456789abcdef" }),
  post("restore the experiment", "/experiments/restore", { experiment_id: "$gone" }),
  get("get a run of the restored experiment", "/runs/get", { run_id: "$inGone" }),
];

export const runs = [...create, ...read, ...update, ...tags, ...life];
