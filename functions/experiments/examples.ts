/** One input of each route that sends SQL, for `npm run sql`. */

const tag = { key: "team", value: "vision" };
const page = { max_results: 100, page_token: "" };

export const examples = {
  "POST experiments/create": { input: { name: "churn", tags: [tag] } },
  "GET experiments/get": { input: { experiment_id: "1" } },
  "GET experiments/get-by-name": { input: { experiment_name: "churn" } },
  "GET experiments/search": { input: { ...page, filter: "name LIKE 'ch%'", order_by: ["last_update_time DESC"] } },
  "POST experiments/search": { input: { ...page, filter: "tags.team = 'vision'" } },
  "POST experiments/update": { input: { experiment_id: "1", new_name: "churn-2" } },
  "POST experiments/delete": { input: { experiment_id: "1" } },
  "POST experiments/restore": { input: { experiment_id: "1" } },
  "POST experiments/set-experiment-tag": { input: { experiment_id: "1", ...tag } },
  "POST experiments/delete-experiment-tag": { input: { experiment_id: "1", key: tag.key } },
  "POST experiments/search-datasets": { input: { experiment_ids: ["1", "2"] } },
};
