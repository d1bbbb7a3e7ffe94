import { each, requestsOf } from "../request.ts";

const { get, post, any } = requestsOf("inputs", "/api/2.0/mlflow");
const unknown = "0123456789abcdef0123456789abcdef";
const searchDatasets = "/ajax-api/2.0/mlflow/experiments/search-datasets";
const dataset = (name: string, more: object = {}) => ({
  name,
  digest: `digest of ${name}`,
  source_type: "local",
  source: "{}",
  ...more,
});
const input = (name: string, context?: string) => ({
  dataset: dataset(name),
  tags: context ? [{ key: "mlflow.data.context", value: context }] : undefined,
});
const log = (name: string, datasets: unknown) => post(name, "/runs/log-inputs", { run_id: "$run", datasets });

export const inputs = [
  post("an experiment", "/experiments/create", { name: "inputs" }, { save: { exp: "experiment_id" } }),
  post(
    "an experiment without data",
    "/experiments/create",
    { name: "no inputs" },
    { save: { empty: "experiment_id" } },
  ),
  post(
    "a run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "i" },
    { save: { run: "run.info.run_id" } },
  ),
  post(
    "another run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 2, run_name: "j" },
    { save: { other: "run.info.run_id" } },
  ),
  post(
    "a model",
    "/logged-models",
    { experiment_id: "$exp", name: "model" },
    { save: { model: "model.info.model_id" } },
  ),
  log("log a dataset", [input("train", "training")]),
  log("log the same again", [input("train", "training")]),
  log("log the same in another context", [input("train", "evaluation")]),
  log("log two", [input("test", "testing"), input("plain")]),
  log("log one twice", [input("double"), input("double")]),
  log("log everything", [
    {
      dataset: dataset("full", { schema: '{"a":1}', profile: '{"rows":5}' }),
      tags: [
        { key: "a", value: "" },
        { key: "b", value: "ü" },
      ],
    },
  ]),
  log("log the same name with another digest", [{ dataset: dataset("train", { digest: "other" }) }]),
  get("get the run", "/runs/get", { run_id: "$run" }),
  log(
    "log eight at once",
    ["h", "b", "g", "a", "f", "c", "e", "d"].map((name) => input(name, "training")),
  ),
  get("get the run with eight more", "/runs/get", { run_id: "$run" }),
  log("log no datasets", []),
  post("log without datasets", "/runs/log-inputs", { run_id: "$run" }),
  log("log datasets that are an object", { a: 1 }),
  log("log a dataset that is a string", ["x"]),
  log("log an input without dataset", [{ tags: [] }]),
  log("log an empty dataset", [{ dataset: {} }]),
  ...each(["name", "digest", "source_type", "source"], (member) =>
    log(`log a dataset without ${member}`, [{ dataset: { ...dataset("partial"), [member]: undefined } }]),
  ),
  log("log a name of 500", [{ dataset: dataset("n", { name: "n".repeat(500) }) }]),
  log("log a name of 501", [{ dataset: dataset("n", { name: "n".repeat(501) }) }]),
  log("log a digest of 36", [{ dataset: dataset("d36", { digest: "d".repeat(36) }) }]),
  log("log a digest of 37", [{ dataset: dataset("d37", { digest: "d".repeat(37) }) }]),
  log("log a source of 65536", [{ dataset: dataset("s", { source: "s".repeat(65_536) }) }]),
  log("log a tag key of 256", [{ dataset: dataset("k"), tags: [{ key: "k".repeat(256), value: "v" }] }]),
  log("log a tag value of 501", [{ dataset: dataset("v"), tags: [{ key: "k", value: "v".repeat(501) }] }]),
  log("log a tag without key", [{ dataset: dataset("v"), tags: [{ value: "v" }] }]),
  log("log a tag twice", [
    {
      dataset: dataset("tt"),
      tags: [
        { key: "k", value: "1" },
        { key: "k", value: "2" },
      ],
    },
  ]),
  post("log to an unknown run", "/runs/log-inputs", { run_id: unknown, datasets: [input("x")] }),
  post("log to no run", "/runs/log-inputs", { datasets: [input("x")] }),
  post("log to the other run", "/runs/log-inputs", {
    run_id: "$other",
    datasets: [input("train", "training"), input("test")],
  }),
  post("log a model as input", "/runs/log-inputs", { run_id: "$run", models: [{ model_id: "$model" }] }),
  post("log a model as input again", "/runs/log-inputs", { run_id: "$run", models: [{ model_id: "$model" }] }),
  post("log an unknown model as input", "/runs/log-inputs", {
    run_id: "$other",
    models: [{ model_id: `m-${unknown}` }],
  }),
  post("log an input model without id", "/runs/log-inputs", { run_id: "$other", models: [{}] }),
  post("log a model as output", "/runs/outputs", { run_id: "$run", models: [{ model_id: "$model", step: 3 }] }),
  post("log a model as output again", "/runs/outputs", { run_id: "$run", models: [{ model_id: "$model", step: 4 }] }),
  post("log no outputs", "/runs/outputs", { run_id: "$run", models: [] }),
  post("log outputs without models", "/runs/outputs", { run_id: "$run" }),
  post("log outputs to an unknown run", "/runs/outputs", {
    run_id: unknown,
    models: [{ model_id: "$model", step: 0 }],
  }),
  post("log an output with a bad step", "/runs/outputs", {
    run_id: "$run",
    models: [{ model_id: "$model", step: "x" }],
  }),
  post("log outputs of a big step", "/runs/outputs", {
    run_id: "$other",
    models: [{ model_id: "$model", step: "4611686018427387904" }],
  }),
  get("get the run with everything", "/runs/get", { run_id: "$run" }),
  get("get the other run", "/runs/get", { run_id: "$other" }),
  get("get the model", "/logged-models/$model"),
  post("search by dataset name", "/runs/search", { experiment_ids: ["$exp"], filter: "dataset.name = 'train'" }),
  post("search by dataset digest", "/runs/search", { experiment_ids: ["$exp"], filter: "datasets.digest = 'other'" }),
  post("search by dataset context", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.context = 'evaluation'",
  }),
  post("search by dataset name and context", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.name LIKE 't%' AND dataset.context = 'training'",
  }),
  post("search by dataset name in a list", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.name IN ('train', 'nope')",
  }),
  post("search by dataset name not in a list", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.name NOT IN ('train')",
  }),
  post("search by another dataset name", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.name != 'train'",
  }),
  post("search by dataset name in any case", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.name ILIKE 'FULL'",
  }),
  post("search by a bad dataset attribute", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.source = 'x'",
  }),
  post("search by a dataset with a bad comparator", "/runs/search", {
    experiment_ids: ["$exp"],
    filter: "dataset.name > 'x'",
  }),
  any("search-datasets of an empty experiment", "POST", searchDatasets, { body: { experiment_ids: ["$empty"] } }),
  any("search-datasets of an unknown experiment", "POST", searchDatasets, { body: { experiment_ids: ["99999"] } }),
  any("search-datasets without experiments", "POST", searchDatasets, { body: {} }),
  any("search-datasets of 21 experiments", "POST", searchDatasets, { body: { experiment_ids: Array(21).fill("0") } }),
  any("search-datasets of a bad experiment", "POST", searchDatasets, { body: { experiment_ids: ["abc"] } }),
  any("search-datasets of text", "POST", searchDatasets, { body: { experiment_ids: "0" } }),
  any("search-datasets of one run's experiment", "POST", searchDatasets, { body: { experiment_ids: ["$exp"] } }),
  any("search-datasets under api", "POST", "/api/2.0/mlflow/experiments/search-datasets", {
    body: { experiment_ids: ["$exp"] },
  }),
  any("search-datasets with GET", "GET", searchDatasets, { query: { experiment_ids: "$exp" } }),
];
