import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aDatabase } from "../support/app.ts";
import { serveApart } from "./serve-apart.ts";
import { venv } from "./venv.ts";

const run = promisify(execFile);

let folder: string;
const stopping: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-move-"));
});
afterAll(async () => {
  for (const stop of stopping.reverse()) await stop();
  await rm(folder, { recursive: true, force: true });
});

/** An app of its own, whose experiments have this root. */
async function anApp(root: string): Promise<string> {
  const database = await aDatabase();
  stopping.push(database.drop);
  const env = { MLFLOW_BACKEND_STORE_URI: database.uri, MLFLOW_DEFAULT_ARTIFACT_ROOT: root };
  const app = await serveApart(resolve("."), env);
  stopping.push(app.stop);
  return app.url;
}

/** Runs a command of the environment that has mlflow-export-import against a server. */
async function command(url: string, name: string, ...args: string[]): Promise<string> {
  const bin = join(await venv("export-import"), "bin");
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    MLFLOW_TRACKING_URI: url,
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
  const { stdout } = await run(join(bin, name), args, { env, cwd: folder, maxBuffer: 2 ** 26 });
  return stdout;
}

const script = resolve("test/acceptance/move.py");
const stateOf = async (url: string) => JSON.parse(await command(url, "python", script, "state"));

async function filled(root: string) {
  const url = await anApp(root);
  await command(url, "python", script, "fill");
  const state = await stateOf(url);
  expect(Object.keys(state.runs)).toHaveLength(4);
  expect(Object.keys(state.runs["child 0"].artifacts)).toHaveLength(4);
  expect(state.models["model 1"].versions).toHaveLength(2);
  return { url, state };
}

async function exported(url: string, name: string): Promise<string> {
  const output = join(folder, name);
  expect(await command(url, "export-all", "--output-dir", output)).toMatch(/^2 models exported$/m);
  const { info } = JSON.parse(await readFile(join(output, "manifest.json"), "utf8"));
  expect(info.models.models).toMatchObject({ num_ok_models: 2, num_failed_models: 0 });
  return output;
}

describe("mlflow-export-import", () => {
  it("carries experiments, runs, artifacts, models and versions from one app to another", async () => {
    const { url, state } = await filled(join(folder, "left"));
    const input = await exported(url, "export");
    const target = await anApp(join(folder, "arrived"));
    const imported = await command(target, "import-all", "--input-dir", input);
    const report = JSON.parse(/Import report:\n(\{[\s\S]*\})/.exec(imported)![1]!);
    expect(report).toMatchObject({ experiment_import: { exceptions: [] }, model_import: { models: 2 } });
    expect(await stateOf(target)).toEqual(state);
  });

  it("carries experiments, runs and artifacts in Blob Storage, and exports the versions, which it imports to a disk only", async () => {
    const { url, state } = await filled("mlflow-artifacts:/");
    const input = await exported(url, "export-of-blobs");
    const model = JSON.parse(await readFile(join(input, "models/model 0/model.json"), "utf8"));
    expect(model.mlflow.registered_model.versions).toHaveLength(2);
    const target = await anApp("mlflow-artifacts:/");
    // Its own check wants the files of a version on a local disk (or dbfs:), whatever the server is.
    const own = "'source' argument for MLflowClient.create_model_version does not exist: mlflow-artifacts:/";
    await expect(command(target, "import-all", "--input-dir", input)).rejects.toThrow(own);
    const { experiments, runs } = await stateOf(target);
    expect({ experiments, runs }).toEqual({ experiments: state.experiments, runs: state.runs });
  });
});
