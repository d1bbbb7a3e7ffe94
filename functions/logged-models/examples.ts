/** One input of each route that sends SQL, for `npm run sql`. */

const run_id = "0123456789abcdef0123456789abcdef";
const model_id = "m-0123456789abcdef0123456789abcdef";
const tag = { key: "team", value: "vision" };
const page = { max_results: 100, page_token: "" };

export const examples = {
  "POST logged-models": {
    input: { experiment_id: "1", name: "tree", source_run_id: run_id, params: [tag], tags: [tag] },
  },
  "POST logged-models/search": {
    input: {
      ...page,
      experiment_ids: ["1"],
      filter: "metrics.loss < 0.5",
      order_by: [{ field_name: "creation_time", ascending: false }],
    },
  },
  "GET logged-models/:id": { input: { id: model_id } },
  "PATCH logged-models/:id": { input: { id: model_id, model_id, status: "LOGGED_MODEL_READY" } },
  "DELETE logged-models/:id": { input: { id: model_id } },
  "PATCH logged-models/:id/tags": { input: { id: model_id, tags: [tag] } },
  "DELETE logged-models/:id/tags/:tag_key": { input: { id: model_id, tag_key: tag.key } },
  "POST logged-models/:id/params": { input: { id: model_id, model_id, params: [tag] } },
  "GET logged-models/:id/artifacts/directories": { input: { id: model_id } },
  "GET logged-models/:id/artifacts/files": { input: { id: model_id, artifact_file_path: "MLmodel" } },
};
