import { expect } from "vitest";
import { differences } from "./differential/compare.ts";
import { type Recorded, requestsOf } from "./differential/request.ts";
import { Side } from "./differential/run.ts";
import { traceReads, traceWrites } from "./one-database-traces.ts";

const { get, post, patch, any } = requestsOf("one database", "/api/2.0/mlflow");
const pair = (key: string, value: string) => ({ key, value });
const metric = (key: string, value: unknown, step: unknown) => ({ key, value, timestamp: 1_700_000_000_000, step });

/** Something of everything that both servers can write. */
const writes: Recorded[] = [
  post(
    "experiment",
    "/experiments/create",
    { name: "shared 实验", tags: [pair("team", "blue")] },
    { save: { exp: "experiment_id" } },
  ),
  post("deleted experiment", "/experiments/create", { name: "gone" }, { save: { gone: "experiment_id" } }),
  post("delete", "/experiments/delete", { experiment_id: "$gone" }),
  post(
    "run",
    "/runs/create",
    {
      experiment_id: "$exp",
      start_time: 1_700_000_000_000,
      run_name: "first",
      user_id: "ada",
      tags: [pair("kind", "test")],
    },
    { save: { run: "run.info.run_id", root: "run.info.artifact_uri" } },
  ),
  post(
    "nested run",
    "/runs/create",
    {
      experiment_id: "$exp",
      start_time: 1_700_000_000_001,
      run_name: "second",
      tags: [pair("mlflow.parentRunId", "$run")],
    },
    { save: { nested: "run.info.run_id" } },
  ),
  post(
    "model",
    "/logged-models",
    {
      experiment_id: "$exp",
      name: "model",
      source_run_id: "$run",
      params: [pair("depth", "3")],
      tags: [pair("a", "b")],
    },
    { save: { model: "model.info.model_id" } },
  ),
  post("batch", "/runs/log-batch", {
    run_id: "$run",
    metrics: [
      metric("loss", 0.5, 0),
      metric("loss", 0.25, 1),
      metric("nan", "NaN", 0),
      metric("inf", "-Infinity", 0),
      metric("step", 1, "9223372036854775807"),
      metric("step", 2, "-9223372036854775808"),
    ],
    params: [pair("lr", "0.1"), pair("empty", ""), pair("ключ", "🔑")],
    tags: [pair("team", "red")],
  }),
  post("model metric", "/runs/log-metric", { run_id: "$run", ...metric("acc", 0.9, 1), model_id: "$model" }),
  post("inputs", "/runs/log-inputs", {
    run_id: "$run",
    datasets: [
      {
        dataset: { name: "d", digest: "x", source_type: "local", source: "{}", schema: "{}" },
        tags: [pair("mlflow.data.context", "training")],
      },
    ],
  }),
  post("outputs", "/runs/outputs", { run_id: "$run", models: [{ model_id: "$model", step: 1 }] }),
  patch("finalize", "/logged-models/$model", { model_id: "$model", status: "LOGGED_MODEL_READY" }),
  post("finish", "/runs/update", { run_id: "$run", status: "FINISHED", end_time: 1_700_000_000_500 }),
  post("delete run", "/runs/delete", { run_id: "$nested" }),
  post("registered model", "/registered-models/create", {
    name: "registered",
    description: "d",
    tags: [pair("a", "")],
  }),
  post("version", "/model-versions/create", {
    name: "registered",
    source: "$root/model",
    run_id: "$run",
    tags: [pair("t", "v")],
  }),
  post("version of a model", "/model-versions/create", {
    name: "registered",
    source: "models:/$model",
    model_id: "$model",
  }),
  post("stage", "/model-versions/transition-stage", {
    name: "registered",
    version: "1",
    stage: "Production",
    archive_existing_versions: true,
  }),
  post("alias", "/registered-models/alias", { name: "registered", alias: "champion", version: "2" }),
];

const reads: Recorded[] = [
  get("default experiment", "/experiments/get", { experiment_id: "0" }),
  get("get experiment", "/experiments/get", { experiment_id: "$exp" }),
  post("search experiments", "/experiments/search", { max_results: 10, view_type: "ALL", order_by: ["name"] }),
  get("get run", "/runs/get", { run_id: "$run" }),
  get("get deleted run", "/runs/get", { run_id: "$nested" }),
  post("search runs", "/runs/search", {
    experiment_ids: ["$exp"],
    run_view_type: "ALL",
    filter: "tags.team = 'red' AND metrics.loss < 1",
  }),
  post("search runs by dataset", "/runs/search", { experiment_ids: ["$exp"], filter: "dataset.name = 'd'" }),
  ...["loss", "nan", "inf", "step", "acc"].map((key) =>
    get(`history of ${key}`, "/metrics/get-history", { run_id: "$run", metric_key: key }),
  ),
  any("bulk", "GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {
    query: { run_id: "$run", metric_key: "loss" },
  }),
  get("get model", "/logged-models/$model"),
  post("search models", "/logged-models/search", { experiment_ids: ["$exp"], filter: "metrics.acc > 0.5" }),
  get("get registered model", "/registered-models/get", { name: "registered" }),
  get("get version", "/model-versions/get", { name: "registered", version: "1" }),
  get("get by alias", "/registered-models/alias", { name: "registered", alias: "champion" }),
  get("search versions", "/model-versions/search", { filter: "name = 'registered'", max_results: 10 }),
  get("download URI", "/model-versions/get-download-uri", { name: "registered", version: "2" }),
  get("next number", "/registered-models/search", { max_results: 10 }),
];

/** Has one server write, and expects both, on the one database, to answer every read alike, with what was written. */
export async function expectAlike(writer: string, other: string): Promise<void> {
  const first = new Side(writer);
  for (const recorded of [...writes, ...traceWrites])
    expect((await first.answer(recorded)).answer, recorded.name).toMatchObject({ status: 200 });
  const second = first.sharing(other);
  for (const recorded of [...reads, ...traceReads]) {
    const [left, right] = [await first.answer(recorded), await second.answer(recorded)];
    expect(left.answer, recorded.name).toMatchObject({ status: 200 });
    expect(differences(left.masked, right.masked), recorded.name).toEqual([]);
  }
  // The other goes on where the first stopped.
  const next = requestsOf("one database", "/api/2.0/mlflow").post(
    "create a further version",
    "/model-versions/create",
    { name: "registered", source: "s3://bucket/x" },
  );
  expect(JSON.parse((await second.answer(next)).answer.text).model_version.version).toBe("3");
}
