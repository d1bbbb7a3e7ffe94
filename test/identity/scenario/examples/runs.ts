import type { Example, Given } from "../example.ts";
import { v2 } from "../world.ts";

const tag = { key: "size", value: "large" };
const metric = { key: "loss", value: 0.25, timestamp: 2, step: 2 };
const at = (line: string) => line.replace(" ", ` ${v2}/runs/`);
const dataset = ({ world }: Given) => ({
  name: world.unique("data"),
  digest: "3c4d",
  source_type: "local",
  source: "{}",
});

const changed: Example[] = [
  { at: at("POST create"), ask: ({ own }) => ({ body: { experiment_id: own.experiment, start_time: 1 } }) },
  { at: at("POST update"), ask: ({ own }) => ({ body: { run_id: own.run, status: "FINISHED", end_time: 2 } }) },
  { at: at("POST delete"), ask: async (it) => ({ body: { run_id: await it.aRun() } }) },
  {
    at: at("POST restore"),
    async ask(it) {
      const run_id = await it.aRun();
      await it.world.do(at("POST delete"), { body: { run_id } });
      return { body: { run_id } };
    },
  },
  {
    at: at("POST log-batch"),
    ask: ({ own }) => ({ body: { run_id: own.run, metrics: [metric], params: [], tags: [tag] } }),
  },
  {
    at: at("POST log-batch"),
    of: "metrics of another's logged model",
    on: { "logged model": ["other"] },
    ask: ({ own, other }) => ({
      body: { run_id: own.run, metrics: [{ ...metric, model_id: other.loggedModel }], params: [], tags: [] },
    }),
  },
  { at: at("POST log-metric"), ask: ({ own }) => ({ body: { run_id: own.run, ...metric } }) },
  {
    at: at("POST log-metric"),
    of: "of a logged model",
    ask: ({ own }) => ({ body: { run_id: own.run, ...metric, model_id: own.loggedModel } }),
  },
  { at: at("POST log-parameter"), ask: ({ own }) => ({ body: { run_id: own.run, key: "depth", value: "3" } }) },
  { at: at("POST set-tag"), ask: ({ own }) => ({ body: { run_id: own.run, ...tag } }) },
  { at: at("POST set-tag"), of: "absent", absent: true, ask: () => ({ body: { run_id: "f".repeat(32), ...tag } }) },
  {
    at: at("POST set-tag"),
    of: "two names for the run",
    ask: ({ own, other }) => ({ body: { run_id: own.run, run_uuid: other.run, ...tag } }),
  },
  { at: at("POST delete-tag"), ask: async (it) => ({ body: { run_id: await it.aRun(), key: "team" } }) },
  {
    at: at("POST log-model"),
    async ask(it) {
      const run_id = await it.aRun();
      const model = { artifact_path: "model", flavors: {}, utc_time_created: "", run_id };
      return { body: { run_id, model_json: JSON.stringify(model) } };
    },
  },
  {
    at: at("POST log-inputs"),
    ask: async (it) => ({ body: { run_id: await it.aRun(), datasets: [{ dataset: dataset(it), tags: [] }] } }),
  },
  {
    at: at("POST outputs"),
    ask: async (it) => ({ body: { run_id: it.own.run, models: [{ model_id: await it.aLoggedModel(), step: 1 }] } }),
  },
  {
    at: at("POST outputs"),
    of: "another's logged model",
    on: { "logged model": ["other"] },
    ask: async (it) => ({ body: { run_id: await it.aRun(), models: [{ model_id: it.other.loggedModel, step: 1 }] } }),
  },
];

const read: Example[] = [
  { at: at("GET get"), ask: ({ own }) => ({ query: { run_id: own.run } }) },
  { at: at("GET get"), of: "absent", absent: true, ask: () => ({ query: { run_id: "f".repeat(32) } }) },
  {
    at: at("POST search"),
    shows: { noun: "run" },
    ask: ({ own, other }) => ({ body: { experiment_ids: [own.experiment, other.experiment], max_results: 1000 } }),
  },
  {
    at: `GET ${v2}/metrics/get-history`,
    ask: ({ own }) => ({ query: { run_id: own.run, metric_key: "loss" } }),
  },
  {
    at: "GET /ajax-api/2.0/mlflow/metrics/get-history-bulk",
    ask: ({ own }) => ({ query: { run_id: [own.run], metric_key: "loss" } }),
  },
  {
    at: "GET /ajax-api/2.0/mlflow/metrics/get-history-bulk",
    of: "own and another's",
    on: { run: ["own", "other"] },
    ask: ({ own, other }) => ({ query: { run_id: [own.run, other.run], metric_key: "loss" } }),
  },
  {
    at: `GET ${v2}/metrics/get-history-bulk-interval`,
    ask: ({ own }) => ({ query: { run_ids: [own.run], metric_key: "loss" } }),
  },
  {
    at: `GET ${v2}/metrics/get-history-bulk-interval`,
    of: "own and another's",
    on: { run: ["own", "other"] },
    ask: ({ own, other }) => ({ query: { run_ids: [own.run, other.run], metric_key: "loss" } }),
  },
];

export const runs = [...changed, ...read];
