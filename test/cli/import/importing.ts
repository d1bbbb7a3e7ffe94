/** What tests of `npm run import` share: data that stock clients made (make.py), and the command. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { inject } from "vitest";
import { type App, aDatabase, startApp } from "../../support/app.ts";

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** An app on an empty database and a place of its own in the storage. */
export interface Target {
  app: App;
  env: Record<string, string>;
  /** Runs the command against it. */
  run(...args: string[]): Promise<Ended>;
  /** The same; it can be killed. */
  begin(...args: string[]): ReturnType<typeof spawn>;
  /** The rows of all tables that an import fills, as texts, without what is new with each target. */
  rows(): Promise<Record<string, string[]>>;
  close(): Promise<void>;
}

let made = 0;

export async function aTarget(cwd: string): Promise<Target> {
  const database = await aDatabase();
  const root = `mlflow-artifacts:/import-${process.pid}-${made++}`;
  const env = { MLFLOW_BACKEND_STORE_URI: database.uri, MLFLOW_DEFAULT_ARTIFACT_ROOT: root };
  const app = await startApp(env);
  // It comes with the database, which is a copy: all targets would have its artifacts in one place.
  await app.db.query("UPDATE experiments SET artifact_location = $1 WHERE experiment_id = 0", [`${root}/0`]);
  const all = { ...process.env, ...env, AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
  const command = resolve("dist/import.cjs");
  return {
    app,
    env: all as Record<string, string>,
    run: (...args) =>
      new Promise((done) => {
        execFile(process.execPath, [command, ...args], { env: all, cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
          done({ code: Number(error?.code ?? 0), stdout, stderr }),
        );
      }),
    begin: (...args) => spawn(process.execPath, [command, ...args], { env: all, cwd, stdio: "pipe" }),
    rows: async () => rowsOf(database.uri, root),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

const tables = [
  ...["experiments", "experiment_tags", "datasets", "runs", "params", "tags", "metrics", "latest_metrics", "inputs"],
  ...["input_tags", "logged_models", "logged_model_params", "logged_model_tags", "logged_model_metrics", "trace_info"],
  ...["trace_tags", "trace_request_metadata", "spans", "assessments", "registered_models", "registered_model_tags"],
  ...["model_versions", "model_version_tags", "registered_model_aliases"],
];

async function rowsOf(uri: string, root: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  const found: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await client.query<{ text: string }>(
      `SELECT to_jsonb(t)::text AS text FROM ${table} t ORDER BY 1`,
    );
    found[table] = rows.map(({ text }) => text.replaceAll(root, "<root>"));
  }
  await client.end();
  return found;
}

/** Unpacks what a stock client made: `mlflow.db` and its files, or a folder `mlruns`. */
export async function unpacked(name: string): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-import-"));
  await promisify(execFile)("tar", ["-xzf", resolve(`test/cli/import/${name}.tar.gz`), "-C", folder]);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What a tarball holds, and a target that commands reach from its folder. @param closing is given what ends both */
export async function unpackedBeside(
  name: string,
  closing: (() => Promise<unknown>)[],
): Promise<{ target: Target; folder: string }> {
  const { folder, remove } = await unpacked(name);
  closing.push(remove);
  const target = await aTarget(folder);
  closing.push(target.close);
  return { target, folder };
}
