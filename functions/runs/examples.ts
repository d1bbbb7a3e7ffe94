/** One input of each route that sends SQL, for `npm run sql`. */

const run_id = "0123456789abcdef0123456789abcdef";
const model_id = "m-0123456789abcdef0123456789abcdef";
const at = 1_700_000_000_000;
const tag = { key: "team", value: "vision" };
const dataset = { name: "train", digest: "1a2b", source_type: "local", source: "{}" };
const page = { max_results: 100, page_token: "" };

export const examples = {
  "POST runs/create": { input: { experiment_id: "1", user_id: "u", run_name: "first", start_time: at, tags: [tag] } },
  "GET runs/get": { input: { run_id } },
  "POST runs/search": {
    input: {
      ...page,
      experiment_ids: ["1", "2"],
      filter: "metrics.loss < 0.5 AND params.depth = '3' AND tags.team ILIKE 'v%'",
      order_by: ["metrics.loss ASC"],
    },
  },
  "POST runs/update": { input: { run_id, status: "FINISHED", end_time: at, run_name: "second" } },
  "POST runs/delete": { input: { run_id } },
  "POST runs/restore": { input: { run_id } },
  "POST runs/log-batch": {
    input: {
      run_id,
      metrics: [
        { key: "loss", value: 0.5, timestamp: at, step: 1 },
        { key: "loss", value: 0.4, timestamp: at, step: 2, model_id, dataset_name: "train", dataset_digest: "1a2b" },
      ],
      params: [{ key: "depth", value: "3" }],
      tags: [tag],
    },
  },
  "POST runs/log-metric": { input: { run_id, key: "loss", value: 0.5, timestamp: at, step: 1 } },
  "POST runs/log-parameter": { input: { run_id, key: "depth", value: "3" } },
  "POST runs/set-tag": { input: { run_id, ...tag } },
  "POST runs/delete-tag": { input: { run_id, key: tag.key } },
  "POST runs/log-model": {
    input: {
      run_id,
      model_json: JSON.stringify({ artifact_path: "model", flavors: {}, utc_time_created: "", run_id }),
    },
  },
  "POST runs/log-inputs": { input: { run_id, datasets: [{ dataset, tags: [tag] }], models: [{ model_id }] } },
  "POST runs/outputs": { input: { run_id, models: [{ model_id, step: 1 }] } },
};
