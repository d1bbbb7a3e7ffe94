/** `npm run bench -- --requests`: what typical use asks of the app, its database and storage, for docs/cost.md. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { startAzurite } from "../local/azurite.ts";
import type { RequestLog } from "../local/host/http.ts";
import { startHost } from "../local/host/index.ts";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import { azuriteConnection } from "../shared/tools/embedded-services.ts";
import { openInstance } from "../shared/tools/instance.ts";
import { python } from "../test/acceptance/python.ts";
import { chromiumPath, launch } from "../test/ui/browser.ts";
import { type Counts, countingProxy } from "./counting-proxy.ts";
import { makeDatabases } from "./databases.ts";

const file = "scripts/cost/measured.json";
const times = 10;

interface Used {
  /** Requests to the app, by route. */
  routes: Record<string, number>;
  requests: number;
  /** Of the app's answers. */
  answerBytes: number;
  storage: Counts;
}

/** @throws Error without Chromium or MLflow's page */
export async function countRequests(): Promise<void> {
  if (!chromiumPath || !existsSync("dist/ui/files.json"))
    throw new Error("It needs Chromium and MLflow's page: npm run ui");
  const databases = await makeDatabases("app");
  const instance = await openInstance(databases.folder);
  const azurite = await startAzurite(databases.folder, instance, "127.0.0.1");
  const { blob, table } = instance.ports;
  const proxies = [await countingProxy("blob", blob!), await countingProxy("table", table!)] as const;
  const [ofBlobs, ofTables] = proxies;
  const ports = { ...instance.ports, blob: ofBlobs.port, table: ofTables.port };
  const storage = azuriteConnection({ ...instance, ports }, "127.0.0.1");
  const log: RequestLog[] = [];
  const host = await startHost({
    entry: resolve("dist/main.cjs"),
    host: "127.0.0.1",
    port: 0,
    settings: {
      ...process.env,
      MLFLOW_BACKEND_STORE_URI: databases.uris[0]!,
      AZURE_STORAGE_CONNECTION_STRING: storage,
      AzureWebJobsStorage: storage,
    },
    onRequest: (entry) => log.push(entry),
    log: () => {},
  });
  const url = `http://127.0.0.1:${host.port}`;
  const database = new pg.Client({ connectionString: databases.uris[0] });
  await database.connect();

  /** What `work` used, a time. */
  const used = async (count: number, work: () => Promise<unknown>): Promise<Used> => {
    log.length = 0;
    for (const { counts } of proxies) for (const kind of Object.keys(counts)) delete counts[kind as keyof Counts];
    await work();
    const each = (number: number) => Math.round((number / count) * 10) / 10;
    const routes: Record<string, number> = {};
    for (const entry of log) routes[routeOf(entry)] = (routes[routeOf(entry)] ?? 0) + 1;
    const sorted = Object.entries(routes).sort(([, left], [, right]) => right - left);
    const counted = Object.entries({ ...ofBlobs.counts, ...ofTables.counts });
    return {
      requests: each(log.length),
      answerBytes: Math.round(log.reduce((sum, { responseBytes }) => sum + responseBytes, 0) / count),
      storage: Object.fromEntries(counted.map(([kind, number]) => [kind, each(number)])),
      routes: Object.fromEntries(sorted.map(([route, number]) => [route, each(number)])),
    };
  };
  const run = (script: string, count: number) =>
    python(mlflowVersion, [join("bench", script), String(count)], { MLFLOW_TRACKING_URI: url });

  try {
    await run("typical_run.py", 1);
    const [before] = (await database.query<{ bytes: string }>(databaseBytes)).rows;
    const logged = await used(times, () => run("typical_run.py", times));
    const [after] = (await database.query<{ bytes: string }>(databaseBytes)).rows;
    const read = await used(times, () => run("typical_read.py", times));
    const visit = await used(1, () => visitPage(url, log));
    const measured = {
      date: new Date().toISOString().slice(0, 10),
      client: mlflowVersion,
      run: { ...logged, databaseBytes: Math.round((Number(after!.bytes) - Number(before!.bytes)) / times) },
      read,
      visit,
    };
    await writeFile(file, `${JSON.stringify(measured, undefined, 2)}\n`);
    console.log(`${file}: ${logged.requests} requests a run, ${read.requests} a read, ${visit.requests} a visit`);
  } finally {
    await database.end();
    await host.close();
    for (const proxy of proxies) proxy.stop();
    await azurite.stop();
    await databases.stop();
  }
}

/** What the rows of a run take in tables and indexes. Whole pages count, so it is more than the rows alone. */
const databaseBytes = `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;

/** A path without the names and ids in it. */
const routeOf = ({ method, path }: RequestLog) => {
  const short = path
    .replace(/(mlflow-artifacts\/[a-z-]+(?:\/(?:create|complete|abort))?)\/.*/, "$1")
    .replace(/\/m-[0-9a-f]{32}/, "/<id>")
    .replace(/\/static-files\/.*/, "/static-files");
  return `${method} ${short.replace(/^\/(api|ajax-api)\/\d\.\d\//, "")}`;
};

/** A look at an experiment's runs, with nothing cached, and then at one of them. */
async function visitPage(url: string, log: readonly RequestLog[]): Promise<void> {
  const answer = await fetch(`${url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=typical`);
  const { experiment } = (await answer.json()) as { experiment: { experiment_id: string } };
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const rows = ".ag-pinned-left-cols-container [role=row]";
    await page.goto(`${url}/#/experiments/${experiment.experiment_id}/runs`);
    await page.locator(rows).nth(5).waitFor();
    await quiet(log);
    await page.locator(`${rows} a[href*="/runs/"]`).first().click();
    await page.waitForURL(/\/runs\/[0-9a-f]{32}/);
    await quiet(log);
  } finally {
    await browser.close();
  }
}

/** Waits until nothing was asked for three seconds, half a minute at most: the page asks again now and then. */
async function quiet(log: readonly RequestLog[]): Promise<void> {
  for (let seconds = 0, seen = -1; seconds < 30 && seen !== log.length; seconds += 3) {
    seen = log.length;
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
}
