/** One input of each route that sends SQL, for `npm run sql`. */

const run_id = "0123456789abcdef0123456789abcdef";

export const examples = {
  "GET metrics/get-history": { input: { run_id, metric_key: "loss", max_results: 1000 } },
  "GET metrics/get-history-bulk": { input: { run_id: [run_id], metric_key: "loss" } },
  "GET metrics/get-history-bulk-interval": {
    input: { run_ids: [run_id], metric_key: "loss", start_step: 0, end_step: 1000 },
  },
};
