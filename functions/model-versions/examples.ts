/** One input of each route that sends SQL, for `npm run sql`. */

const run_id = "0123456789abcdef0123456789abcdef";
const model_id = "m-0123456789abcdef0123456789abcdef";
const tag = { key: "team", value: "vision" };
const version = { name: "iris", version: "1" };
const page = { max_results: 100, page_token: "" };

/** What the statements of `create` find, in their order. */
const found = { artifact_location: `mlflow-artifacts:/1/models/${model_id}/artifacts`, source_run_id: run_id };

export const examples = {
  "POST model-versions/create": {
    input: { name: "iris", source: `models:/${model_id}`, model_id, tags: [tag] },
    rows: [[found], [found], [{ name: "iris" }], [{ version: "1", answer: "{}" }]],
  },
  "GET model-versions/get": { input: version },
  "GET model-versions/get-download-uri": { input: version },
  "GET model-versions/search": {
    input: {
      ...page,
      filter: "name = 'iris' AND run_id IN ('a', 'b')",
      order_by: ["version_number DESC"],
    },
  },
  "PATCH model-versions/update": { input: { ...version, description: "best" } },
  "POST model-versions/transition-stage": {
    input: { ...version, stage: "Production", archive_existing_versions: true },
  },
  "DELETE model-versions/delete": { input: version },
  "POST model-versions/set-tag": { input: { ...version, ...tag } },
  "DELETE model-versions/delete-tag": { input: { ...version, key: tag.key } },
};
