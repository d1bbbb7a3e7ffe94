import type { Example } from "../example.ts";
import { kept, v2 } from "../world.ts";

const tag = { key: "size", value: "large" };
const at = (line: string) => line.replace(" ", ` ${v2}/logged-models`);

export const loggedModels: Example[] = [
  { at: at("POST "), ask: ({ own }) => ({ body: { experiment_id: own.experiment, name: "tree" } }) },
  {
    at: at("POST "),
    of: "made by another's run",
    on: { run: ["other"] },
    ask: ({ own, other }) => ({ body: { experiment_id: own.experiment, name: "tree", source_run_id: other.run } }),
  },
  {
    at: at("POST /search"),
    shows: { noun: "logged model" },
    ask: ({ own, other }) => ({
      body: { experiment_ids: [own.experiment, other.experiment], filter: `name = '${kept}'`, max_results: 50 },
    }),
  },
  { at: at("GET /:id"), ask: ({ own }) => ({ path: { id: own.loggedModel } }) },
  { at: at("GET /:id"), of: "absent", absent: true, ask: () => ({ path: { id: `m-${"f".repeat(32)}` } }) },
  {
    at: at("PATCH /:id"),
    async ask(it) {
      const id = await it.aLoggedModel();
      return { path: { id }, body: { model_id: id, status: "LOGGED_MODEL_READY" } };
    },
  },
  { at: at("DELETE /:id"), ask: async (it) => ({ path: { id: await it.aLoggedModel() } }) },
  { at: at("PATCH /:id/tags"), ask: ({ own }) => ({ path: { id: own.loggedModel }, body: { tags: [tag] } }) },
  {
    at: at("DELETE /:id/tags/:tag_key"),
    ask: async (it) => ({ path: { id: await it.aLoggedModel(), tag_key: "team" } }),
  },
  {
    at: at("POST /:id/params"),
    async ask(it) {
      const id = await it.aLoggedModel();
      return { path: { id }, body: { model_id: id, params: [{ key: "depth", value: "3" }] } };
    },
  },
  { at: at("GET /:id/artifacts/directories"), ask: ({ own }) => ({ path: { id: own.loggedModel } }) },
  {
    at: "GET /ajax-api/2.0/mlflow/logged-models/:id/artifacts/files",
    ask: ({ own }) => ({ path: { id: own.loggedModel }, query: { artifact_file_path: "one.txt" } }),
  },
];
