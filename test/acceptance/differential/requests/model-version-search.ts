import { each, type Recorded, requestsOf } from "../request.ts";

const { get, post } = requestsOf("model version search", "/api/2.0/mlflow/model-versions");
const base = requestsOf("model version search", "/api/2.0/mlflow");
const pair = (key: string, value: unknown) => ({ key, value });

const seeded: Recorded[] = [
  base.post(
    "an experiment on s3",
    "/experiments/create",
    { name: "model version search", artifact_location: "s3://bucket/root" },
    { save: { onS3: "experiment_id" } },
  ),
  base.post(
    "a run on s3",
    "/runs/create",
    { experiment_id: "$onS3", start_time: 1, run_name: "r" },
    { save: { s3Run: "run.info.run_id" } },
  ),
  ...["mvs-a", "mvs-b"].map((name) => base.post(`a model to search ${name}`, "/registered-models/create", { name })),
  ...[1, 2, 3].map((index) =>
    post(`seed a ${index}`, "/create", {
      name: "mvs-a",
      source: `s3://bucket/a/${index}`,
      run_id: index === 2 ? "$s3Run" : undefined,
      tags: index > 1 ? [pair("team", index === 2 ? "blue" : "Blue")] : [],
    }),
  ),
  post("seed b", "/create", { name: "mvs-b", source: "s3://bucket/b_1%", tags: [pair("x y", "1")] }),
  post("stage a seed", "/transition-stage", {
    name: "mvs-a",
    version: "2",
    stage: "Staging",
    archive_existing_versions: false,
  }),
];

const filters = [
  "name = 'mvs-a'",
  "name='mvs-a'",
  'name = "mvs-a"',
  "attribute.name = 'mvs-a'",
  "name LIKE 'mvs-%'",
  "name ILIKE 'MVS-%'",
  "name != 'mvs-a' AND name LIKE 'mvs-%'",
  "name IN ('mvs-a')",
  "name > 'a'",
  "version_number = 2 AND name = 'mvs-a'",
  "version_number > 1 AND name = 'mvs-a'",
  "version_number != 1 AND name = 'mvs-a'",
  "version_number = '2'",
  "version = '2'",
  "version_number LIKE '2'",
  "version_number = abc",
  "run_id = '$s3Run' AND name = 'mvs-a'",
  "run_id IN ('$s3Run') AND name = 'mvs-a'",
  "run_id IN ('$s3Run', 'x') AND name = 'mvs-a'",
  "run_id IN ()",
  "run_id IN ('x',)",
  "run_id != '$s3Run' AND name = 'mvs-a'",
  "run_id LIKE '%' AND name = 'mvs-a'",
  "run_id NOT IN ('x') AND name = 'mvs-a'",
  "source_path = 's3://bucket/a/1'",
  "source_path LIKE 's3://bucket/a%'",
  "source_path ILIKE 'S3://bucket/A%' AND name LIKE 'mvs-%'",
  "source_path LIKE '%\\_1\\%'",
  "source = 'x'",
  "current_stage = 'Staging'",
  "status = 'READY'",
  "creation_timestamp > 0 AND name = 'mvs-a'",
  "creation_timestamp < 5",
  "last_updated_timestamp > 0 AND name = 'mvs-a'",
  "description = 'x'",
  "tags.team = 'blue'",
  "tag.team != 'blue' AND name = 'mvs-a'",
  "tags.team ILIKE 'BLUE' AND name = 'mvs-a'",
  "tags.`x y` = '1'",
  "tags.\"x y\" = '1'",
  "tags.team = 'blue' AND tags.team = 'Blue'",
  "tags.team IS NULL",
  "tags.`mlflow.prompt.is_prompt` = 'true'",
  "tags.`mlflow.prompt.is_prompt` = 'true' AND name = 'prompt'",
  "name = 'prompt'",
  "name = 'mvs-a' OR name = 'mvs-b'",
  "name = 'mvs-a' AND name = 'mvs-b'",
  "name =",
  "name == 'x'",
  "nope = 'x'",
  "name = mvs-a",
  "(name = 'mvs-a')",
  "user_id = 'x'",
  "name = 'mvs-a",
  "metrics.acc > 0",
];

const search = (name: string, query: Record<string, string | number | string[]>, more = {}) =>
  get(name, "/search", { filter: "name = 'mvs-a'", ...query }, more);

const searches = [
  ...each(filters, (filter, shown) =>
    get(`filter [${shown}]`, "/search", { filter, max_results: 100, order_by: ["name", "version_number"] }),
  ),
  ...each(
    [
      "name",
      "version_number",
      "version_number DESC",
      "creation_timestamp",
      "creation_timestamp DESC",
      "last_updated_timestamp",
      "version",
      "timestamp",
      "run_id",
      "nope",
      "",
      "name FOO",
      "tags.team",
      "attribute.version_number DESC",
    ],
    (order_by, shown) => search(`order '${shown}'`, { order_by }),
  ),
  search("by the default order", {}),
  search("order by two", { order_by: ["name DESC", "version_number DESC"] }),
  search("order by the same twice", { order_by: ["name", "name"] }),
  search("page 1", { max_results: 2, order_by: "version_number" }, { save: { p2: "next_page_token" } }),
  search("page 2", { max_results: 2, order_by: "version_number", page_token: "$p2" }),
  ...each([0, -1, 1, 200000, 200001, "abc", 1.5], (max_results, shown) => search(`at most ${shown}`, { max_results })),
  ...each(["nonsense", "e30=", ""], (page_token, shown) => search(`the token '${shown}'`, { page_token })),
];

export const modelVersionSearch = [...seeded, ...searches];
