import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startPostgres } from "../local/postgres.ts";
import { openInstance } from "../shared/tools/instance.ts";

/** A PostgreSQL with empty databases. */
export interface Databases {
  /** Where everything lies that this run makes. */
  folder: string;
  uris: string[];
  pid: number;
  /** Leaves autovacuum nothing to do. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export async function makeDatabases(...names: string[]): Promise<Databases> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-bench-"));
  // As root, PostgreSQL runs as another user, whose files would else lie elsewhere and stay.
  await chmod(folder, 0o755);
  const postgres = await startPostgres(folder, await openInstance(folder), [
    "max_connections=300",
    "shared_buffers=256MB",
  ]);
  const server = postgres.uri.replace(/mlflow$/, "postgres");
  for (const name of names) await statement(server, `CREATE DATABASE ${name}`);
  const uris = names.map((name) => postgres.uri.replace(/mlflow$/, name));
  const settle = async () => {
    for (const database of uris) await statement(database, "VACUUM ANALYZE");
    await statement(server, "CHECKPOINT");
  };
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, uris, pid: postgres.pid, settle, stop };
}

async function statement(database: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** What figures depend on. */
export const machine = () =>
  `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}; ` +
  `load before: ${loadavg()[0]?.toFixed(1)}`;
