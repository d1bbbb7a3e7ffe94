import type { Example } from "../example.ts";
import { v2 } from "../world.ts";

const tag = { key: "size", value: "large" };
const at = (line: string) => line.replace(" ", ` ${v2}/experiments/`);

export const experiments: Example[] = [
  { at: at("POST create"), ask: ({ world }) => ({ body: { name: world.unique("created") } }) },
  { at: at("GET get"), ask: ({ own }) => ({ query: { experiment_id: own.experiment } }) },
  { at: at("GET get"), of: "absent", absent: true, ask: () => ({ query: { experiment_id: "99999999" } }) },
  {
    at: at("GET get"),
    of: "another spelling of its id",
    ask: ({ own }) => ({ query: { experiment_id: `0${own.experiment}` } }),
  },
  {
    at: at("GET get-by-name"),
    reads: "experiment",
    ask: ({ own }) => ({ query: { experiment_name: own.experimentName } }),
  },
  {
    at: at("GET get-by-name"),
    of: "absent",
    absent: true,
    ask: ({ world }) => ({ query: { experiment_name: world.named("absent") } }),
  },
  {
    at: at("GET search"),
    shows: { noun: "experiment" },
    ask: ({ world }) => ({ query: { max_results: "100", filter: `name LIKE '%${world.word}'` } }),
  },
  {
    at: at("POST search"),
    shows: { noun: "experiment" },
    ask: ({ world }) => ({ body: { max_results: 100, filter: `name LIKE '%${world.word}'` } }),
  },
  {
    at: at("POST update"),
    ask: async (it) => ({ body: { experiment_id: await it.anExperiment(), new_name: it.world.unique("renamed") } }),
  },
  { at: at("POST delete"), ask: async (it) => ({ body: { experiment_id: await it.anExperiment() } }) },
  {
    at: at("POST restore"),
    async ask(it) {
      const experiment_id = await it.anExperiment();
      await it.world.do(at("POST delete"), { body: { experiment_id } });
      return { body: { experiment_id } };
    },
  },
  { at: at("POST set-experiment-tag"), ask: ({ own }) => ({ body: { experiment_id: own.experiment, ...tag } }) },
  {
    at: at("POST delete-experiment-tag"),
    ask: async (it) => ({ body: { experiment_id: await it.anExperiment(), key: "team" } }),
  },
  {
    at: "POST /ajax-api/2.0/mlflow/experiments/search-datasets",
    ask: ({ own }) => ({ body: { experiment_ids: [own.experiment] } }),
  },
  {
    at: "POST /ajax-api/2.0/mlflow/experiments/search-datasets",
    of: "own and another's",
    on: { experiment: ["own", "other"] },
    ask: ({ own, other }) => ({ body: { experiment_ids: [own.experiment, other.experiment] } }),
  },
];
