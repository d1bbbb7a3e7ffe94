/** `npm run bench -- --histories <n>`: what reading a metric of n points takes, beside stock on the same database. */
import { readFileSync, writeFileSync } from "node:fs";
import pg from "pg";
import { encodePageToken } from "../shared/mlflow/search/page-token.ts";
import { startStock } from "../test/acceptance/stock-server.ts";
import { startApp } from "./apps.ts";
import { closeConnections, type Target } from "./client.ts";
import { cpuOf } from "./cpu.ts";
import { type Databases, machine, makeDatabases } from "./databases.ts";
import { median } from "./median.ts";

const pageSize = 25_000;
/** A run with no other metric, and one with a hundred of a hundredth of the points each. */
const [alone, among] = ["a", "b"].map((digit) => digit.repeat(32)) as [string, string];
const sampled = Array.from({ length: 100 }, (_, index) => index.toString(16).padStart(32, "0"));

/** Runs of 100 metrics are sampled together: all log the same metric at the same time. */
const fill = (points: number) => [
  `INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
     source_version, lifecycle_stage, artifact_uri, experiment_id)
   SELECT id, id, 'UNKNOWN', '', '', 'u', 'FINISHED', 0, '', 'active', '', 0 FROM unnest('{${[alone, among, ...sampled]}}'::text[]) id`,
  ...[
    [`'long'`, `'${alone}'`, `generate_series(1, ${points}) n`],
    [`'long'`, `'${among}'`, `generate_series(1, ${points}) n`],
    [`'other-' || k`, `'${among}'`, `generate_series(1, ${points / 100}) n, generate_series(1, 100) k`],
    [`'short'`, "run_uuid", `generate_series(1, ${points / 100}) n, runs WHERE run_uuid LIKE '0000%'`],
  ].map(
    ([key, run, rows]) => `INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
      SELECT ${key}, sin(n), 1700000000000 + n * 100::bigint, n, false, ${run} FROM ${rows}`,
  ),
];

interface Ask {
  name: string;
  path: (token: Token) => string;
}

/** The token of the page that begins so many points in, as a server hands it out. */
type Token = (offset: number) => string;

const history = (run: string, more = "") => `/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=long${more}`;
const page = (run: string, token = "") =>
  history(run, `&max_results=${pageSize}${token && `&page_token=${encodeURIComponent(token)}`}`);
const sample = (key: string, runs: readonly string[]) =>
  `/api/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=${key}&${runs.map((id) => `run_ids=${id}`).join("&")}`;

const asksOf = (run: string, points: number): [name: string, path: (token: Token) => string][] => [
  ["the first page", () => page(run)],
  ["the page in the middle", (token) => page(run, token(points / 2))],
  ["the last page", (token) => page(run, token(points - pageSize))],
  ["a sample", () => sample("long", [run])],
];

const asks = (points: number): Ask[] => [
  ...asksOf(alone, points).map(([name, path]) => ({ name, path })),
  ...asksOf(among, points).map(([name, path]) => ({ name: `${name}, 100 other metrics`, path })),
  { name: `samples of 100 runs of ${(points / 100).toLocaleString("en")}`, path: () => sample("short", sampled) },
  { name: "all at once", path: () => history(alone) },
];

interface Took {
  milliseconds: number;
  cpu: number;
  postgresCpu: number;
  /** The most that the server's process had resident meanwhile. */
  megabytes: number;
}

const limit = 180_000;

/** Undefined where the answer took too long. */
async function take({ url, pid }: Target & { pid: number }, path: string, postgres: number): Promise<Took | undefined> {
  const cpu = () => [cpuOf(pid) ?? Number.NaN, cpuOf(postgres) ?? Number.NaN] as const;
  forgetPeak(pid);
  const [before, began] = [cpu(), performance.now()];
  try {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(limit) });
    if (!response.ok || !response.body) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    for await (const _ of response.body);
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") return undefined;
    throw error;
  }
  const milliseconds = performance.now() - began;
  const after = cpu();
  return { milliseconds, cpu: after[0] - before[0], postgresCpu: after[1] - before[1], megabytes: peakOf(pid) };
}

/** proc_pid_clear_refs(5): 5 sets the high-water mark to what is resident now. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // The figure is the peak since the start then.
  }
}

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

async function repeated(times: number, once: () => Promise<Took | undefined>): Promise<Took | undefined> {
  const all: Took[] = [];
  for (let turn = 0; turn < times; turn++) {
    const took = await once();
    if (!took) return undefined;
    all.push(took);
  }
  const of = (name: keyof Took) => median(all.map((took) => took[name]));
  return {
    milliseconds: of("milliseconds"),
    cpu: of("cpu"),
    postgresCpu: of("postgresCpu"),
    megabytes: of("megabytes"),
  };
}

const cells = (took: Took | undefined): string[] =>
  took
    ? [
        Math.round(took.milliseconds).toLocaleString("en"),
        `${Math.round(took.cpu / 1000)} + ${Math.round(took.postgresCpu / 1000)}`,
        took.megabytes.toFixed(0),
      ]
    : [`> ${limit.toLocaleString("en")}`, "", ""];

/** @param points of the long metric @param withStock beside a stock server */
export async function measureHistories(points: number, withStock: boolean): Promise<void> {
  const databases = await makeDatabases("app");
  const [uri] = databases.uris as [string];
  // The first start makes the schema.
  await startApp(uri, databases.folder).then(({ process }) => process.kill());
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    // Checking the foreign keys takes longer than all else.
    await client.query("SET session_replication_role = replica");
    for (const statement of fill(points)) await client.query(statement);
    await databases.settle();
    await compare(databases, uri, points, withStock);
  } finally {
    await client.end();
    await databases.stop();
  }
}

const asWritten = (offset: number) => ({
  timestamp: String(1_700_000_000_000 + offset * 100),
  step: String(offset),
  value: String(Math.sin(offset)),
});

async function compare(databases: Databases, uri: string, points: number, withStock: boolean): Promise<void> {
  const app = await startApp(uri, databases.folder);
  console.log(
    `${machine()}\nCPU is milliseconds, of the server + of PostgreSQL; MB is the most that the server had resident.
| ${points.toLocaleString("en")} points | This app p50 ms | CPU ms | MB | Stock p50 ms | CPU ms | MB |\n|---|---|---|---|---|---|---|`,
  );
  const ofApp: Token = (offset) => encodePageToken(offset, { after: asWritten(offset) });
  const all = asks(points);
  const found = [];
  for (const { path } of all) found.push(cells(await repeated(5, () => take(app, path(ofApp), databases.pid))));
  app.process.kill();
  const stock = withStock ? await startStock({ database: uri, workers: 1 }) : undefined;
  for (const [index, { name, path }] of all.entries()) {
    const beside =
      stock &&
      (await repeated(3, () =>
        take(
          stock,
          path((offset) => encodePageToken(offset)),
          databases.pid,
        ),
      ));
    console.log(`| ${[name, ...found[index]!, ...(stock ? cells(beside) : ["", "", ""])].join(" | ")} |`);
  }
  closeConnections();
  await stock?.stop();
}
