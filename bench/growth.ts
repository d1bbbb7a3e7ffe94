/** `npm run bench -- --growth <n>`: what searches cost in an experiment of n runs beside one of a twentieth. */
import pg from "pg";
import { makeSearchIndexes } from "../shared/mlflow/schema/search-indexes.ts";
import { encodePageToken } from "../shared/mlflow/search/page-token.ts";
import { startApp } from "./apps.ts";
import { call, closeConnections, type Target } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";
import { load } from "./load.ts";
import { median } from "./median.ts";

const [large, small] = ["1", "2"];
const others = Array.from({ length: 199 }, (_, index) => String(index + 3));

/**
 * As many runs again as the large experiment has lie in the others. 10 metrics, 5 params and 4 tags each, run by run in
 * the order of their ids: indexes then grow at their ends.
 */
const fill = (runs: number) => [
  `INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
   SELECT n, 'growth-' || n, '', 'active', 'default' FROM generate_series(1, 201) n`,
  `INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,
     source_version, lifecycle_stage, artifact_uri, experiment_id)
   SELECT md5(n::text), 'run-' || n % ${runs}, 'UNKNOWN', '', '', 'u', 'FINISHED', 1700000000000 + n * 1000::bigint,
     1700000000500 + n * 1000::bigint, '', 'active', '',
     CASE WHEN n <= ${runs} THEN 1 WHEN n <= ${runs} * 1.05 THEN 2 ELSE 3 + n % 199 END FROM generate_series(1, ${2 * runs}) n`,
  `INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
   SELECT 'm' || k, random(), 0, 1, false, run_uuid FROM ${runsInOrder}, generate_series(0, 9) k`,
  `INSERT INTO params (key, value, run_uuid)
   SELECT 'p' || k, floor(random() * 100)::int::text, run_uuid FROM ${runsInOrder}, generate_series(0, 4) k`,
  `INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
   SELECT key, value, timestamp, step, is_nan, run_uuid FROM latest_metrics`,
  `INSERT INTO tags (key, value, run_uuid)
   SELECT key, CASE key WHEN 'mlflow.runName' THEN name WHEN 'team' THEN 'team-' || start_time / 1000 % 50 ELSE 'u' END, run_uuid
   FROM ${runsInOrder}, unnest(ARRAY['mlflow.runName', 'mlflow.user', 'mlflow.source.name', 'team']) key`,
];

const tables = ["runs", "latest_metrics", "metrics", "params", "tags"];

const runsInOrder = "(SELECT * FROM runs ORDER BY run_uuid) r";

type Ask = (experiment: string, to: Target) => Promise<unknown>;

const search =
  (asked: object, experiments?: string[]): Ask =>
  (experiment, to) =>
    call(to, "POST", "/api/2.0/mlflow/runs/search", {
      experiment_ids: experiments ?? [experiment],
      max_results: 100,
      ...asked,
    });

/** A run of the large experiment. */
const run_id = "c4ca4238a0b923820dcc509a6f75849b";
let step = 0;
const log = (count: number): Ask => {
  return (_, to) => {
    step++;
    const metrics = Array.from({ length: count }, (_, key) => ({ key: `m${key}`, value: step, timestamp: step, step }));
    return call(to, "POST", "/api/2.0/mlflow/runs/log-batch", { run_id, metrics });
  };
};

const asks: Record<string, Ask> = {
  get_run: (_, to) => call(to, "GET", `/api/2.0/mlflow/runs/get?run_id=${run_id}`),
  "log_batch of 1": log(1),
  "log_batch of 100": log(100),
  log_param: (_, to) =>
    call(to, "POST", "/api/2.0/mlflow/runs/log-parameter", { run_id, key: `key-${step++}`, value: "v" }),
  "the first page": search({}),
  "page 100": search({ page_token: encodePageToken(9900) }),
  "a page of 1,000": search({ max_results: 1000 }),
  "`metrics.m1 > 0.999` (0.1%)": search({ filter: "metrics.m1 > 0.999" }),
  "`params.p1 = '37'` (1%)": search({ filter: "params.p1 = '37'" }),
  "`attributes.run_name = 'run-777'`": search({ filter: "attributes.run_name = 'run-777'" }),
  "`metrics.m1 > 2` (none)": search({ filter: "metrics.m1 > 2" }),
  "a metric (50%), a param and a tag": search({
    filter: "metrics.m1 > 0.5 AND params.p1 = '37' AND tags.team = 'team-7'",
  }),
  "by a metric": search({ order_by: ["metrics.m1 DESC"] }),
  "by a param": search({ order_by: ["params.p1"] }),
  "`metrics.m1 > 0.5`, by another": search({ filter: "metrics.m1 > 0.5", order_by: ["metrics.m2 DESC"] }),
  "`params.p1 = '37'` in 199 experiments": search({ filter: "params.p1 = '37'" }, others),
};

const warm = 6;
const measured = 9;
/** Of one side of a table's cell. What takes seconds has no need of many. */
const longest = 10_000;

/** Milliseconds: the median of requests one after the other, by a plan that is settled where they are short. */
async function timeOf(ask: Ask, experiment: string, to: Target): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + longest;
  for (let turn = 0; turn < warm + measured && !(times.length > 0 && performance.now() > end); turn++) {
    const began = performance.now();
    await ask(experiment, to);
    if (turn >= warm || performance.now() > end) times.push(performance.now() - began);
  }
  return median(times);
}

/** @param runs in the large experiment */
export async function measureGrowth(runs: number): Promise<void> {
  const databases = await makeDatabases("app");
  const [uri] = databases.uris as [string];
  const client = new pg.Client({ connectionString: uri });
  // The first start makes the schema.
  await startApp(uri, databases.folder).then(({ process }) => process.kill());
  await client.connect();
  const app = await startApp(uri, databases.folder);
  try {
    const began = performance.now();
    await load(uri, tables, fill(runs));
    console.log(`${machine()}\nLoaded in ${Math.round((performance.now() - began) / 1000)} s.`);
    await databases.settle();
    const times = async () => {
      const found = new Map<string, string[]>();
      for (const [name, ask] of Object.entries(asks))
        found.set(name, [await shownTime(ask, small!), await shownTime(ask, large!)]);
      return found;
    };
    const shownTime = async (ask: Ask, experiment: string) => (await timeOf(ask, experiment, app)).toFixed(1);
    const without = await times();
    const indexes = await makeSearchIndexes(client, () => {});
    await databases.settle();
    const having = await times();
    const [few, many] = [runs / 20, runs].map((count) => count.toLocaleString("en"));
    console.log(
      `Milliseconds (p50, one client) in experiments of ${few} and of ${many} runs among ${(2 * runs).toLocaleString("en")}.\n` +
        `| | ${few} | ${many} | with the optional indexes: ${few} | ${many} |\n|---|---|---|---|---|`,
    );
    for (const [name, cells] of without) console.log(`| ${[name, ...cells, ...having.get(name)!].join(" | ")} |`);
    const bytes = indexes.reduce((sum, index) => sum + index.bytes, 0);
    const seconds = indexes.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0) / 1000;
    console.log(`\nThe indexes take ${Math.round(bytes / 1e6)} MB and were made in ${seconds.toFixed(0)} s.`);
  } finally {
    closeConnections();
    app.process.kill();
    await client.end();
    await databases.stop();
  }
}
