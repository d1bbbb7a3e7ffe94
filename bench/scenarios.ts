import { randomUUID } from "node:crypto";
import { call as request, type Target } from "./client.ts";

const api = "/api/2.0/mlflow";
const start = 1_700_000_000_000;

/** A server under load and what was put into it to be read. */
export interface Subject extends Target {
  name: string;
  experiment: string;
  run: string;
  artifactUri: string;
  /** An experiment with many runs, each of 10 metrics and 20 params. */
  large: string;
  lastRun: string;
  model: string;
}

export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const unique = () => `bench-${randomUUID().slice(0, 8)}`;
let step = 0;

// biome-ignore lint/suspicious/noExplicitAny: whatever an MLflow server answers.
const call = (target: Target, method: string, path: string, body?: unknown): Promise<any> =>
  request(target, method, api + path, body);

const points = (prefix: string, count: number) =>
  numbers(count).map((index) => ({
    key: `${prefix}${index % 10}`,
    value: Math.random(),
    timestamp: start + step,
    step: step++,
  }));

/** Fills a server: `runs` runs in one experiment, and a metric of 20,000 points. */
export async function fill(name: string, target: Target, runs: number): Promise<Subject> {
  const post = (path: string, body: unknown) => call(target, "POST", path, body);
  const experiment = (await post("/experiments/create", { name: unique() })).experiment_id;
  const large = (await post("/experiments/create", { name: unique() })).experiment_id;
  const { run } = await post("/runs/create", { experiment_id: experiment, start_time: start });
  const model = unique();
  await post("/registered-models/create", { name: model });
  await fillVersions(target);
  const left = numbers(runs);
  let lastRun = "";
  const worker = async () => {
    for (let index = left.pop(); index !== undefined; index = left.pop()) lastRun = await fillRun(target, large, index);
  };
  await Promise.all(numbers(8).map(worker));
  for (const batch of numbers(20)) await post("/runs/log-batch", { run_id: run.info.run_id, metrics: long(batch) });
  const { run_id, artifact_uri } = run.info;
  return { ...target, name, experiment, run: run_id, artifactUri: artifact_uri, large, lastRun, model };
}

/** A plan made for an empty table that was vacuumed reads it from end to end, whatever it grows to. */
async function fillVersions(target: Target): Promise<void> {
  const name = unique();
  await call(target, "POST", "/registered-models/create", { name });
  const tags = [{ key: "a", value: "b" }];
  const make = () => call(target, "POST", "/model-versions/create", { name, source: "s3://elsewhere/model", tags });
  for (const _ of numbers(300)) await make();
}

export async function fillRun(target: Target, experiment_id: string, index: number): Promise<string> {
  const { run } = await call(target, "POST", "/runs/create", {
    experiment_id,
    start_time: start + index * 1000,
    tags: [
      { key: "mlflow.user", value: "u" },
      { key: "group", value: `g${index % 10}` },
    ],
  });
  await call(target, "POST", "/runs/log-batch", {
    run_id: run.info.run_id,
    metrics: numbers(10).map((metric) => ({
      key: `m${metric}`,
      value: ((index * 7919) % 1000) / 1000 + metric,
      timestamp: start + index,
      step: 0,
    })),
    params: numbers(20).map((param) => ({ key: `p${param}`, value: `${(index * param) % 17}` })),
  });
  return run.info.run_id;
}

const long = (batch: number) =>
  numbers(1000).map((index) => ({
    key: "long",
    value: Math.sin(index),
    timestamp: start + batch * 1000 + index,
    step: batch * 1000 + index,
  }));

/** Reads first: what the writes leave for autovacuum to do is more, the faster a server is. */
export const scenarios: Record<string, (subject: Subject) => Promise<unknown>> = {
  get_run: ({ lastRun, ...to }) => call(to, "GET", `/runs/get?run_id=${lastRun}`),
  search_runs_page: ({ large, ...to }) =>
    call(to, "POST", "/runs/search", { experiment_ids: [large], max_results: 100 }),
  search_runs_filter: ({ large, ...to }) =>
    call(to, "POST", "/runs/search", {
      experiment_ids: [large],
      max_results: 50,
      filter: "metrics.m3 > 3.5 and params.p3 = '6' and tags.group != 'g1'",
      order_by: ["metrics.m1 DESC"],
    }),
  search_runs_1000: ({ large, ...to }) =>
    call(to, "POST", "/runs/search", { experiment_ids: [large], max_results: 1000 }),
  metric_history_20k: ({ run, ...to }) =>
    call(to, "GET", `/metrics/get-history?run_id=${run}&metric_key=long&max_results=25000`),
  search_experiments: (to) => call(to, "POST", "/experiments/search", { max_results: 100 }),
  search_registered_models: (to) => call(to, "GET", "/registered-models/search?max_results=100"),
  search_model_versions: ({ model, ...to }) =>
    call(to, "GET", `/model-versions/search?max_results=100&filter=${encodeURIComponent(`name='${model}'`)}`),
  log_metric: ({ run, ...to }) =>
    call(to, "POST", "/runs/log-metric", {
      run_id: run,
      key: "loss",
      value: Math.random(),
      timestamp: start,
      step: step++,
    }),
  log_batch_100: ({ run, ...to }) => call(to, "POST", "/runs/log-batch", { run_id: run, metrics: points("b", 100) }),
  log_batch_1000: ({ run, ...to }) => call(to, "POST", "/runs/log-batch", { run_id: run, metrics: points("c", 1000) }),
  create_run: ({ experiment, ...to }) =>
    call(to, "POST", "/runs/create", {
      experiment_id: experiment,
      start_time: start,
      tags: [{ key: "mlflow.user", value: "u" }],
    }),
  create_model_version: ({ model, artifactUri, run, ...to }) =>
    call(to, "POST", "/model-versions/create", {
      name: model,
      source: `${artifactUri}/m`,
      run_id: run,
      tags: [{ key: "a", value: "b" }],
    }),
};
