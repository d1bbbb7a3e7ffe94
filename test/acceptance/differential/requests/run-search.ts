import { each, type Recorded, raw, requestsOf } from "../request.ts";
import { filters, orders } from "./run-search-cases.ts";

const { post } = requestsOf("run search", "/api/2.0/mlflow");
const start = 1_700_000_000_000;

/** Six runs that differ in everything that a filter or an order can look at. */
const seeds = [
  { name: "alpha", metrics: { acc: 0.9, "m/1": 1 }, params: { lr: "0.1", opt: "adam" }, tags: { team: "blue" } },
  { name: "beta", metrics: { acc: 0.8 }, params: { lr: "0.01", opt: "SGD" }, tags: { team: "red", "a b": "x" } },
  { name: "gamma", metrics: { acc: "NaN" }, params: { lr: "0.1" }, tags: { "quote's": "it's" } },
  { name: "delta", metrics: { acc: "Infinity", loss: -1 }, params: { opt: "100%_x" }, tags: { team: "Blue" } },
  { name: "alpha", metrics: { acc: 0.9, loss: 2 }, params: { "p.q": "v" }, tags: {} },
  { name: "Ωmega 🚀", metrics: {}, params: { 键: "值" }, tags: { team: "" } },
] as const;

const listed = (members: Record<string, unknown>) => Object.entries(members).map(([key, value]) => ({ key, value }));

const seeded: Recorded[] = [
  post("an experiment", "/experiments/create", { name: "run search" }, { save: { exp: "experiment_id" } }),
  post("another experiment", "/experiments/create", { name: "run search 2" }, { save: { second: "experiment_id" } }),
  post(
    "a run in the other",
    "/runs/create",
    { experiment_id: "$second", start_time: start + 50, run_name: "elsewhere" },
    { save: { elsewhere: "run.info.run_id" } },
  ),
  ...seeds.flatMap(({ name, metrics, params, tags }, index) => [
    post(
      `create run ${index}`,
      "/runs/create",
      {
        experiment_id: "$exp",
        start_time: start + index,
        run_name: name,
        user_id: index % 2 ? "odd" : "even",
        tags: listed(tags),
      },
      { save: { [`run${index}`]: "run.info.run_id" } },
    ),
    post(`fill run ${index}`, "/runs/log-batch", {
      run_id: `$run${index}`,
      params: listed(params),
      metrics: listed(metrics).map((metric) => ({ ...metric, timestamp: 1, step: 0 })),
    }),
  ]),
  post("finish run 1", "/runs/update", { run_id: "$run1", status: "FINISHED", end_time: start + 100 }),
  post("fail run 2", "/runs/update", { run_id: "$run2", status: "FAILED", end_time: start + 50 }),
  post("delete run 4", "/runs/delete", { run_id: "$run4" }),
];

const search = (name: string, body: object, more = {}) =>
  post(name, "/runs/search", { experiment_ids: ["$exp"], ...body }, more);

const paging: Recorded[] = [
  search("page 1", { max_results: 2, order_by: ["start_time ASC"] }, { save: { p2: "next_page_token" } }),
  search(
    "page 2",
    { max_results: 2, order_by: ["start_time ASC"], page_token: "$p2" },
    { save: { p3: "next_page_token" } },
  ),
  search(
    "page 3",
    { max_results: 2, order_by: ["start_time ASC"], page_token: "$p3" },
    { save: { p4: "next_page_token" } },
  ),
  search("page 2 with another filter", {
    max_results: 2,
    order_by: ["start_time ASC"],
    filter: "metrics.acc > 0",
    page_token: "$p2",
  }),
  search("page 2 by another size", { max_results: 1, order_by: ["start_time ASC"], page_token: "$p2" }),
  search("a page that ends exactly", { max_results: 5, order_by: ["start_time ASC"] }),
  search("a page beyond the end", { order_by: ["start_time ASC"], page_token: "eyJvZmZzZXQiOiA1MDB9" }),
  search("a page by metric 1", { max_results: 3, order_by: ["metrics.acc DESC"] }, { save: { m2: "next_page_token" } }),
  search("a page by metric 2", { max_results: 3, order_by: ["metrics.acc DESC"], page_token: "$m2" }),
  ...each(
    [
      "nonsense",
      "e30=",
      "eyJvZmZzZXQiOiAtMX0=",
      "eyJvZmZzZXQiOiAiYSJ9",
      "W10=",
      "bnVsbA==",
      "!",
      "eyJvZmZzZXQiOiAxLjV9",
      "eyJvZmZzZXQiOiB0cnVlfQ==",
      "ZWFzeQ==",
      "ü",
      " ",
    ],
    (page_token) => search(`the token '${page_token}'`, { page_token, order_by: ["start_time ASC"] }),
  ),
  search("an empty token", { page_token: "", order_by: ["start_time ASC"] }),
  search("a number as token", { page_token: 5 }),
  ...each([0, -1, 1, 50000, 50001, "2", "abc", 1.5, 2.0, true, null, 2147483648], (max_results, shown) =>
    search(`at most ${shown}`, { max_results, order_by: ["start_time"] }),
  ),
];

const views: Recorded[] = [
  ...each(
    ["ACTIVE_ONLY", "DELETED_ONLY", "ALL", "all", "NOPE", 1, 2, 3, 4, 0, "2", null, true],
    (run_view_type, shown) =>
      search(`view ${JSON.stringify(run_view_type)} (${shown})`, { run_view_type, order_by: ["start_time"] }),
  ),
  search("by the default order", {}),
  search("two experiments", { experiment_ids: ["$exp", "$second"] }),
  search("an experiment twice", { experiment_ids: ["$second", "$second"] }),
  search("no experiments", { experiment_ids: [] }),
  post("no experiment ids", "/runs/search", {}),
  search("an unknown experiment", { experiment_ids: ["99999"] }),
  ...each(["2147483648", "-2147483649", "9223372036854775808", "9".repeat(30)], (id) =>
    search(`an experiment ${id} that can't exist`, { experiment_ids: ["$second", id] }),
  ),
  search("101 comparisons", { filter: Array(101).fill("status = 'RUNNING'").join(" AND ") }),
  search("an order of 31 metrics", { order_by: Array.from({ length: 31 }, (_, index) => `metrics.m${index}`) }),
  search("a filter of 300,000 characters", { filter: `tags.x = '${"x".repeat(300_000)}'` }),
  search("400 run ids", { filter: `run_id IN (${Array(400).fill("'0123456789abcdef0123456789abcdef'").join(", ")})` }),
  search("a bad experiment", { experiment_ids: ["abc"] }),
  search("a number as experiment", { experiment_ids: [1] }),
  search("text as experiments", { experiment_ids: "1" }),
  search("a filter that is a number", { filter: 5 }),
  search("a null filter", { filter: null, order_by: ["start_time"] }),
  search("camelCase", { filter: "", orderBy: ["start_time ASC"], maxResults: 1 }),
  post("malformed JSON", "/runs/search", raw("{'")),
  post("an empty body", "/runs/search", raw("")),
  search("deleted runs by filter", { filter: "attributes.lifecycle_stage = 'deleted'", run_view_type: "ALL" }),
];

export const runSearch: Recorded[] = [
  ...seeded,
  ...each(filters, (filter, shown) => search(`filter [${shown}]`, { filter, order_by: ["start_time ASC"] })),
  // Runs with equal values come by start time, latest first.
  ...each(orders, (order_by, shown) => search(`order ${shown}`, { order_by, run_view_type: "ALL" })),
  // Ids are random, so one run.
  ...each(["run_id", "artifact_uri DESC", "attributes.run_id"], (order, shown) =>
    search(`order ${shown} of one run`, { order_by: [order], filter: "run_name = 'beta'" }),
  ),
  ...paging,
  ...views,
];
