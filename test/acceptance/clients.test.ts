import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, anExperiment, aRun, theRun } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { ArtifactsClient, aDestination } from "../support/artifacts.ts";
import { type MlflowVersion, venv } from "./venv.ts";

const settings = aDestination();
let app: App;
let files: ArtifactsClient;
beforeAll(async () => {
  app = await startApp(settings);
  files = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

async function python(version: MlflowVersion, args: string[], env: Record<string, string> = {}) {
  return promisify(execFile)(join(await venv(version), "bin/python"), args, {
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: app.url,
      MLFLOW_DISABLE_TELEMETRY: "true",
      DO_NOT_TRACK: "true",
      GIT_PYTHON_REFRESH: "quiet",
      ...env,
    },
    maxBuffer: 2 ** 26,
  });
}

const inFolder = 60;
const largeBytes = 35_000_000;
/** Uploads of clients.py: odd names, an empty file, three of texts, the folder, and the large file. */
const uploads = 10 + 1 + 3 + inFolder + 1;

/** What the app was asked about artifacts while clients.py ran. */
async function traffic(version: MlflowVersion, env: Record<string, string> = {}) {
  const since = app.log.length;
  const script = [resolve("test/acceptance/clients.py"), String(inFolder), String(largeBytes)];
  const { stdout, stderr } = await python(version, script, env);
  const report: { version: string; progress: boolean } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(report.version).toBe(version);
  // Clients draw it where tqdm is installed.
  expect(/Downloading artifacts: *100%/.test(stderr)).toBe(report.progress);
  const log = app.log.slice(since);
  const of = (method: string, path: RegExp) => log.filter((each) => each.method === method && path.test(each.path));
  return {
    created: of("POST", /\/mpu\/create\//).length,
    completed: of("POST", /\/mpu\/complete\//).length,
    aborted: of("POST", /\/mpu\/abort\//).length,
    put: of("PUT", /\/artifacts\//).length,
    presigned: of("GET", /\/presigned\//).filter(({ status }) => status === 200).length,
    redirected: of("GET", /\/artifacts\//).filter(({ status }) => status === 302).length,
    failed: log.filter(({ status }) => status >= 400 && status !== 404).length,
    bytes: log.reduce((sum, { requestBytes, responseBytes }) => sum + requestBytes + responseBytes, 0),
  };
}

const downloads = 11 + 11 + 2 + inFolder + 1;

describe("files of every kind, by the stock client", () => {
  it("3.18.0: two requests for an upload, one for a download, and no bytes through the app", async () => {
    const { bytes, ...requests } = await traffic("3.18.0");
    expect(requests).toEqual({
      created: uploads,
      completed: uploads,
      aborted: 0,
      put: 0,
      presigned: downloads,
      redirected: 0,
      failed: 0,
    });
    expect(bytes).toBeLessThan(largeBytes / 100);
  });

  it("3.17.2: small files through the app, large ones direct", async () => {
    const { bytes, ...requests } = await traffic("3.17.2", { MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: "20000000" });
    expect(requests).toEqual({
      created: 1,
      completed: 1,
      aborted: 0,
      put: uploads - 1,
      presigned: downloads,
      redirected: 0,
      failed: 0,
    });
    expect(bytes).toBeLessThan(largeBytes / 100);
  });

  it("2.22.5: through the app, and redirected downloads", async () => {
    const { bytes, ...requests } = await traffic("2.22.5");
    expect(requests).toEqual({
      created: 0,
      completed: 0,
      aborted: 0,
      put: uploads,
      presigned: 0,
      redirected: downloads,
      failed: 0,
    });
    expect(bytes).toBeLessThan(largeBytes * 1.01);
  });
});

describe("mlflow gc", () => {
  const folderOf = (uri: string) => uri.replace("mlflow-artifacts:/", "");
  const folder = async (run: string) => folderOf((await theRun(app, run)).info.artifact_uri);
  const gc = (...args: string[]) =>
    python("3.18.0", [
      ...[
        "-m",
        "mlflow",
        "gc",
        "--backend-store-uri",
        app.databaseUri.replace("postgresql://", "postgresql+psycopg2://"),
      ],
      ...["--tracking-uri", app.url, "--artifacts-destination", settings.MLFLOW_ARTIFACTS_DESTINATION],
      ...args,
    ]);
  const remove = (noun: string, id: object) => app.post(`/api/2.0/mlflow/${noun}/delete`, id);

  it("takes the files of what was deleted, and of nothing else", async () => {
    const experiment_id = await anExperiment(app);
    const [deleted, empty, kept] = [
      await aRun(app, { experiment_id }),
      await aRun(app, { experiment_id }),
      await aRun(app, { experiment_id }),
    ];
    const model = await aLoggedModel(app, { experiment_id });
    const { body } = await app.get(`/api/2.0/mlflow/logged-models/${model}`);
    const gone = [await folder(deleted), folderOf(body.model.info.artifact_uri)];
    for (const path of [...gone, await folder(kept)])
      for (const name of ["x", "d/ü %.txt"]) await files.put(`${path}/${name}`, "1");
    for (const run_id of [deleted, empty]) await remove("runs", { run_id });
    await app.request("DELETE", `/api/2.0/mlflow/logged-models/${model}`);
    const { stdout } = await gc();
    for (const id of [deleted, empty, model]) expect(stdout).toContain(`${id} has been permanently deleted`);
    for (const path of gone) expect(await files.list(path)).toEqual({});
    expect((await files.list(await folder(kept))).files).toHaveLength(2);
    expect((await app.get("/api/2.0/mlflow/runs/get", { run_id: deleted })).status).toBe(404);
    expect((await app.get("/api/2.0/mlflow/runs/get", { run_id: kept })).status).toBe(200);
  });

  it("takes a deleted experiment with its runs", async () => {
    const experiment_id = await anExperiment(app);
    const run = await aRun(app, { experiment_id });
    const path = await folder(run);
    await files.put(`${path}/x`, "1");
    await remove("experiments", { experiment_id });
    await gc("--experiment-ids", experiment_id);
    expect(await files.list(path)).toEqual({});
    expect((await app.get("/api/2.0/mlflow/experiments/get", { experiment_id })).status).toBe(404);
  });
});
