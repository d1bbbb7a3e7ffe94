import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RequestLog } from "../../local/host/http.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { aLoggedModel, anExperiment, aRun, theRun } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { ArtifactsClient, aDestination } from "../support/artifacts.ts";
import { type MlflowVersion, venv } from "./venv.ts";

// Clients that know no direct uploads send the medium file through the app, which is beyond what an app takes unless
// told to.
const settings = { ...aDestination(), MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT: "40000000" };
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

const inFolder = 2_000;
const mediumBytes = 35_000_000;
const largeBytes = 1_500_000_000;
/** Uploads of clients.py: odd names, an empty file, three of texts, the folder, the medium file and the large one. */
const uploads = 10 + 1 + 3 + inFolder + 2;
/** Of one client; much less where the machine has nothing else to do. */
const minutes = 10 * 60_000;

interface Report {
  version: string;
  progress: boolean;
  largeRun: string;
}

/** What the app was asked about artifacts while clients.py ran. */
async function traffic(version: MlflowVersion, env: Record<string, string> = {}) {
  const since = app.log.length;
  const script = [resolve("test/acceptance/clients.py"), ...[inFolder, mediumBytes, largeBytes].map(String)];
  const { stdout, stderr } = await python(version, script, env);
  const report: Report = JSON.parse(stdout.trim().split("\n").at(-1)!);
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
    /** Of the large file. */
    bytes: bytesOf(log.filter(({ path }) => path.includes(report.largeRun))),
    allBytes: bytesOf(log),
  };
}

const bytesOf = (log: RequestLog[]) =>
  log.reduce((sum, { requestBytes, responseBytes }) => sum + requestBytes + responseBytes, 0);

const downloads = 11 + 11 + 2 + inFolder + 2;
/** What the app and its clients say to each other about one file. */
const talk = 10_000;

describe("files of every kind, by the stock client", () => {
  it(
    "two requests for an upload, one for a download, and no bytes through the app",
    async () => {
      const { bytes, allBytes, ...requests } = await traffic(mlflowVersion);
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
      expect(allBytes).toBeLessThan(uploads * talk);
    },
    minutes,
  );

  it(
    "3.17.2: small files through the app, large ones direct",
    async () => {
      const { bytes, allBytes, ...requests } = await traffic("3.17.2", {
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: "20000000",
      });
      expect(requests).toEqual({
        created: 2,
        completed: 2,
        aborted: 0,
        put: uploads - 2,
        presigned: downloads,
        redirected: 0,
        failed: 0,
      });
      expect(bytes).toBeLessThan(largeBytes / 100);
      expect(allBytes).toBeLessThan(uploads * talk);
    },
    minutes,
  );

  it(
    "2.22.5: through the app, large ones direct where the client is told to, and redirected downloads",
    async () => {
      const { bytes, allBytes, ...requests } = await traffic("2.22.5", {
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true",
      });
      expect(requests).toEqual({
        created: 1,
        completed: 1,
        aborted: 0,
        put: uploads - 1,
        presigned: 0,
        redirected: downloads,
        failed: 0,
      });
      expect(bytes).toBeLessThan(largeBytes / 100);
      expect(allBytes).toBeLessThan(mediumBytes + uploads * talk);
    },
    minutes,
  );
});

describe("a file beyond 5 GB", () => {
  const bytes = 5_200_000_000;
  const marks = [0, 2_600_000_000, bytes - 5];

  it(
    "goes up whole, by the stock client",
    async () => {
      await needDisk(bytes * 1.1);
      const script = [
        "import sys, tempfile, pathlib, mlflow",
        "client = mlflow.MlflowClient()",
        'run_id = client.create_run("0").info.run_id',
        "size, *marks = [int(each) for each in sys.argv[1:]]",
        "with tempfile.TemporaryDirectory() as folder:",
        '    path = pathlib.Path(folder) / "huge.bin"',
        '    with open(path, "wb") as file:',
        "        file.truncate(size)",
        "        for mark in marks:",
        "            file.seek(mark)",
        '            file.write(b"mark!")',
        "    client.log_artifact(run_id, str(path))",
        "print(run_id)",
      ].join("\n");
      const { stdout } = await python(mlflowVersion, ["-c", script, String(bytes), ...marks.map(String)]);
      const run_id = stdout.trim().split("\n").at(-1)!;
      const { body } = await app.get("/api/2.0/mlflow/artifacts/list", { run_id });
      expect(body.files).toEqual([{ path: "huge.bin", is_dir: false, file_size: bytes }]);
      const folder = (await theRun(app, run_id)).info.artifact_uri.replace("mlflow-artifacts:/", "");
      const { json } = await files.call<{ url: string }>("GET", `/presigned/${folder}/huge.bin`);
      for (const mark of marks) {
        const read = await fetch(json.url, { headers: { range: `bytes=${mark}-${mark + 4}` } });
        expect(await read.text()).toBe("mark!");
      }
      await files.call("DELETE", `/artifacts/${folder}`);
    },
    minutes,
  );
});

async function needDisk(bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  const [free, needed] = [bavail * bsize, bytes].map((each) => `${(each / 1e9).toFixed(1)} GB`);
  if (bavail * bsize < bytes) throw new Error(`This test needs ${needed} in ${tmpdir()}, and ${free} are free there.`);
}

describe("mlflow gc", () => {
  const folderOf = (uri: string) => uri.replace("mlflow-artifacts:/", "");
  const folder = async (run: string) => folderOf((await theRun(app, run)).info.artifact_uri);
  const gc = (...args: string[]) =>
    python(mlflowVersion, [
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
