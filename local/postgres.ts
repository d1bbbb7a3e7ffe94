/** PostgreSQL from npm packages: initdb once, then one postgres process on a local port. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import type { Instance } from "./instance.ts";
import {
  giveTo,
  isReachable,
  type PostgresUser,
  postgresPackage,
  postgresUser,
  reachableBinaries,
} from "./postgres-binaries.ts";
import { freePort } from "./processes.ts";
import { Refusal } from "./refusal.ts";

export interface Postgres {
  /** URI of the database `mlflow`. */
  uri: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** @throws Refusal where PostgreSQL can't be set up or does not start */
export async function startPostgres(dataDir: string, instance: Instance, settings: string[] = []): Promise<Postgres> {
  const user = postgresUser();
  const home = await postgresHome(resolve(dataDir), instance, user);
  const binaries = await reachableBinaries(postgresPackage(), home, user);
  const data = join(home, "postgres");
  const bin = (name: string) => join(binaries, "bin", process.platform === "win32" ? `${name}.exe` : name);
  await initialize(bin("initdb"), data, instance, user);
  await endOrphan(bin("pg_ctl"), data, user);
  const port = await freePort("127.0.0.1", instance.ports.postgres);
  instance.ports.postgres = port;
  const log = join(resolve(dataDir), "postgres.log");
  const args = ["-D", data, "-p", String(port), ...options.concat(settings).flatMap((setting) => ["-c", setting])];
  const output = openSync(log, "a", 0o600);
  const server = spawn(bin("postgres"), args, {
    ...user,
    cwd: home,
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const uri = `postgresql://mlflow:${instance.password}@127.0.0.1:${port}/mlflow`;
  await ready(server, uri, log);
  return { uri, stop: () => stop(server) };
}

// As little memory as a laptop's own server needs; a client that connects by a socket would need one in a folder it can reach.
const options = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "shared_buffers=64MB",
  "max_connections=100",
  "logging_collector=off",
];

async function postgresHome(dataDir: string, instance: Instance, user: PostgresUser): Promise<string> {
  if (instance.postgresHome && existsSync(instance.postgresHome)) return instance.postgresHome;
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  const home = isReachable(dataDir, user) ? join(dataDir, "postgresql") : join("/var/lib/mlflow-functions", name);
  await mkdir(home, { recursive: true });
  await giveTo(home, user);
  instance.postgresHome = home;
  return home;
}

async function initialize(initdb: string, data: string, instance: Instance, user: PostgresUser): Promise<void> {
  const version = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => undefined);
  // initdb writes this file early; `mlflow.created` says that it came to its end.
  if (version !== undefined && existsSync(join(data, "mlflow.created"))) return checkVersion(version, data);
  await rm(data, { recursive: true, force: true });
  await giveTo(data, user);
  const passwordFile = `${data}.password`;
  await writeFile(passwordFile, instance.password, { mode: 0o600 });
  await giveFile(passwordFile, user);
  const args = [
    "-D",
    data,
    "-U",
    "mlflow",
    "-A",
    "scram-sha-256",
    `--pwfile=${passwordFile}`,
    "-E",
    "UTF8",
    "--locale=C",
  ];
  await run(initdb, args, { ...user, cwd: data }).catch((error: Error & { stderr?: string }) => {
    throw new Refusal(`The embedded PostgreSQL can't be set up: ${lastLine(error.stderr) || error.message}`);
  });
  await rm(passwordFile);
  await writeFile(join(data, "mlflow.created"), "");
}

async function giveFile(path: string, { uid, gid }: PostgresUser): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  const { chown } = await import("node:fs/promises");
  await chown(path, uid, gid);
}

const majorVersion = "18";

function checkVersion(version: string, data: string): void {
  if (version.trim() !== majorVersion)
    throw new Refusal(
      `${data} was made by PostgreSQL ${version.trim()}, and this is ${majorVersion}: choose another --data-dir.`,
    );
}

/** A start that was killed may have left its server running. */
async function endOrphan(pgCtl: string, data: string, user: PostgresUser): Promise<void> {
  if (!existsSync(join(data, "postmaster.pid"))) return;
  await run(pgCtl, ["stop", "-D", data, "-m", "fast", "-w"], { ...user, cwd: data }).catch(() => {});
}

async function ready(server: ChildProcess, uri: string, log: string): Promise<void> {
  let exited = false;
  server.once("exit", () => {
    exited = true;
  });
  server.once("error", () => {
    exited = true;
  });
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (exited) break;
    if (await canConnect(uri)) return;
    await delay(20);
  }
  const lines = await readFile(log, "utf8").catch(() => "");
  throw new Refusal(`The embedded PostgreSQL did not start (${log}): ${lastLine(lines)}`);
}

/** Connects, making the database `mlflow` where it is missing. */
async function canConnect(uri: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: uri.replace(/mlflow$/, "postgres") });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query("SELECT FROM pg_database WHERE datname = 'mlflow'");
    if (rows.length === 0) await client.query("CREATE DATABASE mlflow");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** A fast shutdown: open transactions are rolled back, committed ones are on disk. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((done) => server.once("exit", done));
  server.kill("SIGINT");
  await exited;
}

const lastLine = (text = "") => text.trim().split("\n").at(-1) ?? "";
