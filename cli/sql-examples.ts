/** One input of each route that uses the database: what `npm run sql` shows its statements for. */
const run_id = "0123456789abcdef0123456789abcdef";
const model_id = `m-${run_id}`;
const at = 1_700_000_000_000;
const tag = { key: "team", value: "vision" };
const version = { name: "iris", version: "1" };
const dataset = { name: "train", digest: "1a2b", source_type: "local", source: "{}" };
const page = { max_results: 100, page_token: "" };

export interface Example {
  input: Record<string, unknown>;
  /** What the statements find, in their order; nothing where it is left out. */
  rows?: object[][];
}

const inputs: Record<string, Record<string, unknown>> = {
  "POST experiments/create": { name: "churn", tags: [tag] },
  "GET experiments/get": { experiment_id: "1" },
  "GET experiments/get-by-name": { experiment_name: "churn" },
  "GET experiments/search": { ...page, filter: "name LIKE 'ch%'", order_by: ["last_update_time DESC"] },
  "POST experiments/search": { ...page, filter: "tags.team = 'vision'" },
  "POST experiments/update": { experiment_id: "1", new_name: "churn-2" },
  "POST experiments/delete": { experiment_id: "1" },
  "POST experiments/restore": { experiment_id: "1" },
  "POST experiments/set-experiment-tag": { experiment_id: "1", ...tag },
  "POST experiments/delete-experiment-tag": { experiment_id: "1", key: tag.key },
  "POST experiments/search-datasets": { experiment_ids: ["1", "2"] },
  "POST runs/create": { experiment_id: "1", user_id: "u", run_name: "first", start_time: at, tags: [tag] },
  "GET runs/get": { run_id },
  "POST runs/search": {
    ...page,
    experiment_ids: ["1", "2"],
    filter: "metrics.loss < 0.5 AND params.depth = '3' AND tags.team ILIKE 'v%'",
    order_by: ["metrics.loss ASC"],
  },
  "POST runs/update": { run_id, status: "FINISHED", end_time: at, run_name: "second" },
  "POST runs/delete": { run_id },
  "POST runs/restore": { run_id },
  "POST runs/log-batch": {
    run_id,
    metrics: [{ key: "loss", value: 0.5, timestamp: at, step: 1 }],
    params: [{ key: "depth", value: "3" }],
    tags: [tag],
  },
  "POST runs/log-metric": { run_id, key: "loss", value: 0.5, timestamp: at, step: 1 },
  "POST runs/log-parameter": { run_id, key: "depth", value: "3" },
  "POST runs/set-tag": { run_id, ...tag },
  "POST runs/delete-tag": { run_id, key: tag.key },
  "POST runs/log-model": {
    run_id,
    model_json: JSON.stringify({ artifact_path: "model", flavors: {}, utc_time_created: "", run_id }),
  },
  "POST runs/log-inputs": { run_id, datasets: [{ dataset, tags: [tag] }], models: [{ model_id }] },
  "POST runs/outputs": { run_id, models: [{ model_id, step: 1 }] },
  "GET metrics/get-history": { run_id, metric_key: "loss", max_results: 1000 },
  "GET metrics/get-history-bulk": { run_id: [run_id], metric_key: "loss" },
  "GET metrics/get-history-bulk-interval": { run_ids: [run_id], metric_key: "loss", start_step: 0, end_step: 1000 },
  "POST logged-models": { experiment_id: "1", name: "tree", source_run_id: run_id, params: [tag], tags: [tag] },
  "POST logged-models/search": {
    ...page,
    experiment_ids: ["1"],
    filter: "metrics.loss < 0.5",
    order_by: [{ field_name: "creation_time", ascending: false }],
  },
  "GET logged-models/:id": { id: model_id },
  "PATCH logged-models/:id": { id: model_id, model_id, status: "LOGGED_MODEL_READY" },
  "DELETE logged-models/:id": { id: model_id },
  "PATCH logged-models/:id/tags": { id: model_id, tags: [tag] },
  "DELETE logged-models/:id/tags/:tag_key": { id: model_id, tag_key: tag.key },
  "POST logged-models/:id/params": { id: model_id, model_id, params: [tag] },
  "GET logged-models/:id/artifacts/directories": { id: model_id },
  "GET logged-models/:id/artifacts/files": { id: model_id, artifact_file_path: "MLmodel" },
  "POST registered-models/create": { name: "iris", tags: [tag], description: "flowers" },
  "GET registered-models/get": { name: "iris" },
  "GET registered-models/search": { ...page, filter: "name ILIKE '%iris%'", order_by: ["name ASC"] },
  "GET registered-models/get-latest-versions": { name: "iris", stages: ["Production"] },
  "POST registered-models/get-latest-versions": { name: "iris" },
  "PATCH registered-models/update": { name: "iris", description: "flowers" },
  "POST registered-models/rename": { name: "iris", new_name: "flowers" },
  "DELETE registered-models/delete": { name: "iris" },
  "POST registered-models/set-tag": { name: "iris", ...tag },
  "DELETE registered-models/delete-tag": { name: "iris", key: tag.key },
  "POST registered-models/alias": { ...version, alias: "champion" },
  "DELETE registered-models/alias": { name: "iris", alias: "champion" },
  "GET registered-models/alias": { name: "iris", alias: "champion" },
  "POST model-versions/create": { name: "iris", source: `models:/${model_id}`, model_id, tags: [tag] },
  "GET model-versions/get": version,
  "GET model-versions/get-download-uri": version,
  "GET model-versions/search": {
    ...page,
    filter: "name = 'iris' AND run_id IN ('a', 'b')",
    order_by: ["version_number DESC"],
  },
  "PATCH model-versions/update": { ...version, description: "best" },
  "POST model-versions/transition-stage": { ...version, stage: "Production", archive_existing_versions: true },
  "DELETE model-versions/delete": version,
  "POST model-versions/set-tag": { ...version, ...tag },
  "DELETE model-versions/delete-tag": { ...version, key: tag.key },
  "GET artifacts/list": { run_id, path: "model" },
  "POST artifacts/presigned-download-url": { run_id, path: "model/MLmodel" },
  "POST artifacts/presigned-upload-url": { run_id, path: "model/MLmodel" },
  "POST /graphql": {
    query: `{ mlflowSearchRuns(input: { experimentIds: ["1", "2"] }) {
      runs { info { runId } experiment { name } modelVersions { name } } } }`,
  },
};

/** Of routes that send more than one statement. */
const found = { artifact_location: `mlflow-artifacts:/1/models/${model_id}/artifacts`, source_run_id: run_id };
const foundRun = (run_id: string, experiment_id: string) => ({
  run: JSON.stringify({ info: { run_id, experiment_id } }),
});
const rows: Record<string, object[][]> = {
  "POST /graphql": [[foundRun(run_id, "1"), foundRun("another-run", "2")]],
  "POST model-versions/create": [[found], [found], [{ name: "iris" }], [{ version: "1", answer: "{}" }]],
};

/** By method and path; the path without its version and prefix. */
export const examples: Record<string, Example> = Object.fromEntries(
  Object.entries(inputs).map(([name, input]) => [name, { input, rows: rows[name] }]),
);
