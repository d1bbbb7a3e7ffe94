import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { startPostgres } from "../local/postgres.ts";
import { openInstance } from "../shared/tools/instance.ts";
import { freePort } from "../shared/tools/processes.ts";
import { startStock } from "../test/acceptance/stock-server.ts";
import { call, closeConnections } from "./client.ts";

export interface Server {
  url: string;
  /** Of the process that was started; a stock server has more below it. */
  pid: number;
}

/** This app and what it is compared with, each with a database of its own on one PostgreSQL. */
export interface Servers {
  /** A stock server, or another build of this app. */
  other: Server;
  app: Server;
  /** The process id of their PostgreSQL. */
  postgres: number;
  /** Lets this app write into the other server's database, which is many times faster than a stock server. */
  otherThroughApp<T>(work: (url: string) => Promise<T>): Promise<T>;
  /** Leaves autovacuum nothing to do on either database. */
  settle(): Promise<void>;
  /** Of this app, as text. */
  memory(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts both, and says on what machine and how fast they were there.
 * @param before the folder of another checkout of this app, built; a stock server where it is not given
 */
export async function startServers(before?: string): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-bench-"));
  const postgres = await startPostgres(folder, await openInstance(folder), [
    "max_connections=300",
    "shared_buffers=256MB",
  ]);
  const databases = await createDatabases(postgres.uri);
  const [otherDatabase, appDatabase] = databases;
  const other = before ? await startOther(otherDatabase!, folder, before) : await startStockServer(otherDatabase!);
  await startApp(appDatabase!, folder).then(({ process }) => process.kill());
  const app = await startApp(appDatabase!, folder);
  console.log(
    `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}; ` +
      `load before: ${loadavg()[0]?.toFixed(1)}`,
  );
  console.log(
    `Process start to first answer: ${before ? "before" : "stock"} ${Math.round(other.milliseconds)} ms, this app ${Math.round(app.milliseconds)} ms`,
  );
  const stop = async () => {
    closeConnections();
    app.process.kill();
    await other.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const otherThroughApp = async <T>(work: (url: string) => Promise<T>) => {
    const writer = await startApp(otherDatabase!, folder);
    return work(writer.url).finally(() => writer.process.kill());
  };
  const settle = async () => {
    for (const database of databases) await statement(database, "VACUUM ANALYZE");
    await statement(postgres.uri, "CHECKPOINT");
  };
  const memory = () => memoryOf(app.pid);
  return { other, app, postgres: postgres.pid, otherThroughApp, settle, memory, stop };
}

interface Other extends Server {
  /** From the start of the process to its first answer. */
  milliseconds: number;
  stop(): Promise<void>;
}

async function startStockServer(database: string): Promise<Other> {
  const started = performance.now();
  const { url, pid, stop } = await startStock({ database, workers: 2 });
  return { url, pid, milliseconds: performance.now() - started, stop };
}

/** The second start: the first makes the schema. */
async function startOther(database: string, dataDir: string, folder: string): Promise<Other> {
  const entry = resolve(folder, "dist/start.cjs");
  await startApp(database, dataDir, entry).then(({ process }) => process.kill());
  const { process, ...started } = await startApp(database, dataDir, entry);
  return { ...started, stop: async () => void process.kill() };
}

async function createDatabases(uri: string): Promise<string[]> {
  const databases: string[] = [];
  for (const name of ["other", "app"]) {
    await statement(uri.replace(/mlflow$/, "postgres"), `CREATE DATABASE ${name}`);
    databases.push(uri.replace(/mlflow$/, name));
  }
  return databases;
}

async function statement(database: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

interface StartedApp extends Server {
  process: ChildProcess;
  /** From the start of the process to its first answered API request. */
  milliseconds: number;
}

const ownEntry = "dist/start.cjs";

async function startApp(database: string, dataDir: string, entry = ownEntry): Promise<StartedApp> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  // An older build may not know the option, and fetches no page by itself.
  const quiet = entry === ownEntry ? ["--no-ui"] : [];
  const app = spawn(process.execPath, [entry, "--port", String(port), "--data-dir", dataDir, ...quiet], {
    env: {
      ...process.env,
      MLFLOW_BACKEND_STORE_URI: database,
      AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (;;) {
    const answered = await call(url, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").then(
      () => true,
      () => false,
    );
    if (answered) return { url, pid: app.pid!, process: app, milliseconds: performance.now() - started };
    if (app.exitCode !== null) throw new Error("the app did not start");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function memoryOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes ? `${Math.round(Number(kilobytes) / 1024)} MB` : "unknown";
}
