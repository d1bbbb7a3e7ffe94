/** PostgreSQL from npm packages: initdb once, then one postgres process on a local port. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { databaseUri } from "../shared/tools/embedded-services.ts";
import { choosePort, type Instance, saveInstance } from "../shared/tools/instance.ts";
import { ended, stopChild } from "../shared/tools/processes.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { postgresPackage, postgresUser, reachableBinaries } from "./postgres-binaries.ts";
import { ending, endOrphan, initialize, lastLine, postgresHome } from "./postgres-data.ts";

export interface Postgres {
  /** URI of the database `mlflow`. */
  uri: string;
  pid: number;
  /** Where it says why it ended. */
  log: string;
  /** Resolves when it ends, for whatever reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param parameters `name=value` of postgresql.conf, beside those of a small server
 * @throws Refusal where PostgreSQL can't be set up or does not start
 */
export async function startPostgres(dataDir: string, instance: Instance, parameters: string[] = []): Promise<Postgres> {
  const user = postgresUser();
  const binaries = await reachableBinaries(postgresPackage(), user);
  const home = await postgresHome(dataDir, instance, user);
  const data = join(home, "postgres");
  const bin = (name: string) => join(binaries, "bin", process.platform === "win32" ? `${name}.exe` : name);
  await endOrphan(data);
  await initialize(bin("initdb"), data, instance.password, user);
  const port = await choosePort(instance, "postgres", "127.0.0.1");
  saveInstance(dataDir, instance);
  const log = join(resolve(dataDir), "postgres.log");
  const args = [
    "-D",
    data,
    "-p",
    String(port),
    ...options.concat(parameters).flatMap((parameter) => ["-c", parameter]),
  ];
  const output = openSync(log, "a", 0o600);
  const server = spawn(bin("postgres"), args, {
    ...user,
    cwd: home,
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const uri = databaseUri(instance.password, port);
  const stop = () => stopChild(server, ending);
  const gone = ended(server);
  await ready(gone, uri, log).catch(async (error: Error) => {
    await stop();
    throw error;
  });
  return { uri, pid: server.pid!, log, ended: gone, stop };
}

// Little memory, for a laptop. No socket, so that only the app can connect.
const options = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "shared_buffers=64MB",
  "max_connections=100",
  "logging_collector=off",
];

async function ready(gone: Promise<void>, uri: string, log: string): Promise<void> {
  let exited = false;
  gone.then(() => {
    exited = true;
  });
  for (let waited = 0; waited < 60_000 && !exited; waited += 20) {
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
