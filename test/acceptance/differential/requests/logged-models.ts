import { each, requestsOf } from "../request.ts";

const { get, post, patch, remove } = requestsOf("logged models", "/api/2.0/mlflow");
const unknown = `m-${"0123456789abcdef".repeat(2)}`;
const saveModel = (name: string) => ({ save: { [name]: "model.info.model_id" } });
const model = (more: object = {}) => ({ experiment_id: "$exp", ...more });
const pair = (key: string, value: unknown) => ({ key, value });

const create = [
  post("an experiment", "/experiments/create", { name: "logged models" }, { save: { exp: "experiment_id" } }),
  post(
    "an experiment to delete",
    "/experiments/create",
    { name: "logged models, deleted" },
    { save: { gone: "experiment_id" } },
  ),
  post("delete it", "/experiments/delete", { experiment_id: "$gone" }),
  post(
    "a run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "r" },
    { save: { run: "run.info.run_id" } },
  ),
  post("create", "/logged-models", model({ name: "first" }), saveModel("first")),
  post(
    "create with everything",
    "/logged-models",
    model({
      name: "full",
      model_type: "Agent",
      source_run_id: "$run",
      params: [pair("lr", "0.1"), pair("empty", "")],
      tags: [pair("team", "blue"), pair("ключ", "🔑")],
    }),
    saveModel("full"),
  ),
  post("create without a name", "/logged-models", model(), saveModel("unnamed")),
  // Not read again, for stock takes in parts what we refuse.
  post("create one for junk", "/logged-models", model({ name: "junk" }), saveModel("junk")),
  post("create with an empty name", "/logged-models", model({ name: "" })),
  post("create with the same name", "/logged-models", model({ name: "first" })),
  ...each(["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "a b", "ü", "a\0b"], (name, shown) =>
    post(`create with the name ${shown}`, "/logged-models", model({ name })),
  ),
  post("create with a name of 300", "/logged-models", model({ name: "n".repeat(300) })),
  post("create with a name of 501", "/logged-models", model({ name: "n".repeat(501) })),
  post("create without an experiment", "/logged-models", { name: "x" }),
  ...each(["99999", "abc", ""], (experiment_id, shown) =>
    post(`create in the experiment '${shown}'`, "/logged-models", { experiment_id, name: "x" }),
  ),
  post("create in a deleted experiment", "/logged-models", { experiment_id: "$gone", name: "x" }),
  post("create with a number as name", "/logged-models", model({ name: 1 })),
  post("create with an unknown source run", "/logged-models", model({ name: "y", source_run_id: "nope" })),
  post("create with a param twice", "/logged-models", model({ name: "pp", params: [pair("a", "1"), pair("a", "1")] })),
  post(
    "create with a param twice with two values",
    "/logged-models",
    model({ name: "pq", params: [pair("a", "1"), pair("a", "2")] }),
  ),
  post("create with a tag twice", "/logged-models", model({ name: "tt", tags: [pair("a", "1"), pair("a", "2")] })),
  post("create with a param key of 251", "/logged-models", model({ name: "pk", params: [pair("k".repeat(251), "1")] })),
  post(
    "create with a param value of 6001",
    "/logged-models",
    model({ name: "pv", params: [pair("k", "v".repeat(6001))] }),
  ),
  post("create with a tag key of 251", "/logged-models", model({ name: "tk", tags: [pair("k".repeat(251), "1")] })),
  post("create with a tag value of 8001", "/logged-models", model({ name: "tv", tags: [pair("k", "v".repeat(8001))] })),
  post("create with a bad param key", "/logged-models", model({ name: "bp", params: [pair("../a", "1")] })),
  post("create with a bad tag key", "/logged-models", model({ name: "bt", tags: [pair("a#b", "1")] })),
  post("create with params as object", "/logged-models", model({ name: "po", params: { a: 1 } })),
];

const read = [
  ...each(["first", "full", "unnamed"], (name) => get(`get ${name}`, `/logged-models/$${name}`)),
  get("get an unknown one", `/logged-models/${unknown}`),
  get("get a bad id", "/logged-models/a%20b"),
  get("get at a longer path", "/logged-models/$first/what"),
  get("list artifacts of none", "/logged-models/$first/artifacts/directories"),
  get("list artifacts of an unknown one", `/logged-models/${unknown}/artifacts/directories`),
  get("list artifacts below", "/logged-models/$first/artifacts/directories", { artifact_directory_path: "sub" }),
  get("list artifacts above", "/logged-models/$first/artifacts/directories", { artifact_directory_path: "../.." }),
];

const change = [
  post("log params", "/logged-models/$first/params", { params: [pair("depth", "3")] }),
  post("log the same params", "/logged-models/$first/params", { params: [pair("depth", "3")] }),
  post("log changed params", "/logged-models/$first/params", { params: [pair("depth", "4")] }),
  post("log no params", "/logged-models/$first/params", { params: [] }),
  post("log params with an empty body", "/logged-models/$first/params", {}),
  post("log params to an unknown one", `/logged-models/${unknown}/params`, { params: [pair("a", "1")] }),
  post("log params with a model id in the body", "/logged-models/$first/params", {
    model_id: "$first",
    params: [pair("by id", "1")],
  }),
  patch("set tags", "/logged-models/$first/tags", { tags: [pair("team", "red"), pair("b", "")] }),
  patch("set tags again", "/logged-models/$first/tags", { tags: [pair("team", "green")] }),
  patch("set a tag twice", "/logged-models/$first/tags", { tags: [pair("two", "1"), pair("two", "2")] }),
  patch("set no tags", "/logged-models/$first/tags", { tags: [] }),
  patch("set a bad tag key", "/logged-models/$first/tags", { tags: [pair("a/../b", "1")] }),
  patch("set a tag value of 8001", "/logged-models/$first/tags", { tags: [pair("v", "v".repeat(8001))] }),
  patch("set tags that are text", "/logged-models/$first/tags", { tags: "x" }),
  patch("set tags of an unknown one", `/logged-models/${unknown}/tags`, { tags: [pair("a", "1")] }),
  get("get the changed", "/logged-models/$first"),
  remove("delete a tag", "/logged-models/$first/tags/team"),
  remove("delete a tag again", "/logged-models/$first/tags/team"),
  remove("delete a tag with a slash", "/logged-models/$first/tags/a%2Fb"),
  remove("delete a tag of an unknown one", `/logged-models/${unknown}/tags/a`),
  patch("finalize without status", "/logged-models/$first", {}),
  patch("finalize without the id in the body", "/logged-models/$first", { status: "LOGGED_MODEL_READY" }),
  patch("finalize", "/logged-models/$first", { model_id: "$first", status: "LOGGED_MODEL_READY" }),
  ...each(["LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_PENDING", 2, "3", 0, 9, "READY", "", null], (status, shown) =>
    patch(`finalize as ${shown}`, "/logged-models/$junk", { model_id: "$junk", status }),
  ),
  post("log a number as param", "/logged-models/$junk/params", { model_id: "$junk", params: [pair("n", 1)] }),
  patch("finalize an unknown one", `/logged-models/${unknown}`, { model_id: unknown, status: "LOGGED_MODEL_READY" }),
  get("get the finalized", "/logged-models/$first"),
  post("log a metric to the model", "/runs/log-metric", {
    run_id: "$run",
    key: "acc",
    value: 0.9,
    timestamp: 5,
    step: 1,
    model_id: "$first",
  }),
  post("log a metric on a dataset to the model", "/runs/log-metric", {
    run_id: "$run",
    key: "acc",
    value: 0.7,
    timestamp: 6,
    step: 2,
    model_id: "$first",
    dataset_name: "d",
    dataset_digest: "x",
  }),
  post("log a batch to the models", "/runs/log-batch", {
    run_id: "$run",
    metrics: [
      { key: "f1", value: 0.5, timestamp: 1, step: 0, model_id: "$first" },
      { key: "acc", value: 0.4, timestamp: 1, step: 0, model_id: "$full" },
    ],
  }),
  post("log a later step to the model", "/runs/log-metric", {
    run_id: "$run",
    key: "f1",
    value: 0.6,
    timestamp: 2,
    step: 5,
    model_id: "$first",
  }),
  post("log NaN to the model", "/runs/log-metric", {
    run_id: "$run",
    key: "nan",
    value: "NaN",
    timestamp: 2,
    step: 5,
    model_id: "$full",
  }),
  get("get the model with metrics", "/logged-models/$first"),
  get("get the other model with metrics", "/logged-models/$full"),
  get("get the run with the model's metrics", "/runs/get", { run_id: "$run" }),
  get("history with the model", "/metrics/get-history", { run_id: "$run", metric_key: "acc" }),
  remove("delete", "/logged-models/$unnamed"),
  remove("delete again", "/logged-models/$unnamed"),
  remove("delete an unknown one", `/logged-models/${unknown}`),
  get("get the deleted", "/logged-models/$unnamed"),
  get("get the deleted, allowed", "/logged-models/$unnamed", { allow_deleted: "true" }),
  get("get the deleted, not allowed", "/logged-models/$unnamed", { allow_deleted: "false" }),
  patch("set a tag on the deleted", "/logged-models/$unnamed/tags", { tags: [pair("a", "1")] }),
];

export const loggedModels = [...create, ...read, ...change];
