import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type MlflowVersion, venv } from "./venv.ts";

export interface StockServer {
  url: string;
  /** Of the first of its processes. */
  pid: number;
  stop(): Promise<void>;
}

interface StockOptions {
  /** A `postgresql://` URI, whose database may be empty; or another store of the version. */
  database: string;
  /** Where a store's relative path begins: a temporary folder unless given. */
  cwd?: string;
  version?: MlflowVersion;
  /** One unless given. */
  workers?: number;
  /** Its basic-auth app, with users in the same database, or in that of a SQLAlchemy URI. */
  auth?: true | string;
  /** Further environment variables. */
  env?: Record<string, string>;
}

const quiet = {
  MLFLOW_DISABLE_TELEMETRY: "true",
  DO_NOT_TRACK: "true",
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
};

// With a plain postgresql:// URI the stock server takes psycopg 3, on which some of its own queries fail.
const psycopg2 = (uri: string) => uri.replace(/^postgres(?:ql)?:/, "postgresql+psycopg2:");

async function authSettings(folder: string, { database, auth }: StockOptions): Promise<Record<string, string>> {
  const file = join(folder, "auth.ini");
  // A % would begin a variable of the ini file.
  const uri = psycopg2(typeof auth === "string" ? auth : database).replaceAll("%", "%%");
  const settings = ["default_permission = READ", "admin_username = admin", `database_uri = ${uri}`];
  // Without this cache, a request hashes the password two to six times.
  await writeFile(file, ["[mlflow]", ...settings, "auth_cache_ttl_seconds = 60", ""].join("\n"));
  return { MLFLOW_AUTH_CONFIG_PATH: file, MLFLOW_FLASK_SERVER_SECRET_KEY: "a key of the tests" };
}

/** Starts a stock `mlflow server` with a temporary artifacts folder, and waits until it is healthy. */
export async function startStock(options: StockOptions): Promise<StockServer> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-stock-"));
  const port = await freePort();
  const python = join(await venv(options.version ?? mlflowVersion), "bin/python");
  const server = spawn(
    python,
    [
      ...[
        "-m",
        "mlflow",
        "server",
        "--workers",
        String(options.workers ?? 1),
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
      ],
      ...["--backend-store-uri", psycopg2(options.database)],
      ...["--artifacts-destination", join(folder, "artifacts")],
      ...(options.auth ? ["--app-name", "basic-auth"] : []),
    ],
    // Its own process group: the server is a tree of processes, and all of them have to end.
    {
      cwd: options.cwd ?? folder,
      detached: true,
      env: { ...process.env, ...quiet, ...(options.auth && (await authSettings(folder, options))), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log = createWriteStream(join(folder, "log"));
  server.stdout.pipe(log, { end: false });
  server.stderr.pipe(log, { end: false });
  const stop = async () => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await healthy(url, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: server.pid!, stop };
}

/** Runs stock's `mlflow db upgrade`, which makes the schema in an empty database. */
export async function upgradeDatabase(database: string, version: MlflowVersion = mlflowVersion): Promise<void> {
  const python = join(await venv(version), "bin/python");
  await promisify(execFile)(python, ["-m", "mlflow", "db", "upgrade", psycopg2(database)], {
    env: { ...process.env, ...quiet },
  });
}

/** Brings a database to what the basic-auth app of a stock server needs, or to an older revision of it. */
export async function upgradeAuthDatabase(database: string, revision = "head"): Promise<void> {
  const python = join(await venv(mlflowVersion), "bin/python");
  await promisify(execFile)(
    python,
    ["-m", "mlflow.server.auth", "db", "upgrade", "--url", psycopg2(database), "--revision", revision],
    {
      env: { ...process.env, ...quiet },
    },
  );
}

async function healthy(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`mlflow server ended with exit code ${server.exitCode}`);
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("mlflow server did not become healthy within two minutes");
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  process.kill(-server.pid, "SIGTERM");
  const force = setTimeout(() => process.kill(-server.pid!, "SIGKILL"), 10_000);
  await ended;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
