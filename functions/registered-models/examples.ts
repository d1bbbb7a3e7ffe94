/** One input of each route that sends SQL, for `npm run sql`. */

const tag = { key: "team", value: "vision" };
const version = { name: "iris", version: "1" };
const page = { max_results: 100, page_token: "" };

export const examples = {
  "POST registered-models/create": { input: { name: "iris", tags: [tag], description: "flowers" } },
  "GET registered-models/get": { input: { name: "iris" } },
  "GET registered-models/search": { input: { ...page, filter: "name ILIKE '%iris%'", order_by: ["name ASC"] } },
  "GET registered-models/get-latest-versions": { input: { name: "iris", stages: ["Production"] } },
  "POST registered-models/get-latest-versions": { input: { name: "iris" } },
  "PATCH registered-models/update": { input: { name: "iris", description: "flowers" } },
  "POST registered-models/rename": { input: { name: "iris", new_name: "flowers" } },
  "DELETE registered-models/delete": { input: { name: "iris" } },
  "POST registered-models/set-tag": { input: { name: "iris", ...tag } },
  "DELETE registered-models/delete-tag": { input: { name: "iris", key: tag.key } },
  "POST registered-models/alias": { input: { ...version, alias: "champion" } },
  "DELETE registered-models/alias": { input: { name: "iris", alias: "champion" } },
  "GET registered-models/alias": { input: { name: "iris", alias: "champion" } },
};
