import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { freePort } from "../../shared/tools/processes.ts";
import { type App, startApp } from "../support/app.ts";
import { type MlflowVersion, venv } from "./venv.ts";

const run = promisify(execFile);

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const environment = () => ({
  ...process.env,
  MLFLOW_TRACKING_URI: app.url,
  MLFLOW_DISABLE_TELEMETRY: "true",
  DO_NOT_TRACK: "true",
  GIT_PYTHON_REFRESH: "quiet",
});

async function python(version: MlflowVersion, ...args: string[]): Promise<string> {
  const bin = join(await venv(version), "bin");
  const env = { ...environment(), PATH: `${bin}:${process.env.PATH}` };
  const { stdout } = await run(join(bin, "python"), args, { env, maxBuffer: 2 ** 26 });
  return stdout;
}

/** What went through the app for artifacts: bytes of files would show here. */
const artifactTraffic = (since: number) =>
  app.log.slice(since).filter(({ path }) => /\/mlflow-artifacts\/|get-artifact/.test(path));

describe.each([mlflowVersion, "3.17.2"] as const)("the stock client %s", (version) => {
  it("does the quickstart", async () => {
    const since = app.log.length;
    const output = await python(version, resolve("examples/quickstart.py"));
    for (const model of ["Production", "champion"])
      expect(output).toMatch(new RegExp(`models:/iris-quickstart[/@]${model}: accuracy 0\\.9`));
    expect(output).toContain("plots");
    if (version !== mlflowVersion) return;
    const traffic = artifactTraffic(since);
    expect(traffic.length).toBeGreaterThan(10);
    // Questions and signed URLs only: no upload through the app, and less in all than the smallest model.
    expect(traffic.filter(({ method, path }) => method === "PUT" && path.includes("/artifacts/"))).toEqual([]);
    for (const { requestBytes, responseBytes } of traffic) expect(requestBytes + responseBytes).toBeLessThan(8192);
  });

  it("walks through the registry", async () => {
    const account = /AccountName=([^;]*)/.exec(process.env.AZURE_STORAGE_CONNECTION_STRING ?? "")?.[1];
    const root = `wasbs://elsewhere@${account}.blob.core.windows.net`;
    expect(await python(version, resolve("test/acceptance/walkthrough.py"), root)).toContain("walkthrough done");
  });
});

describe("mlflow models serve", () => {
  let server: ChildProcess | undefined;
  afterAll(() => {
    if (server?.pid) process.kill(-server.pid, "SIGTERM");
  });

  it("answers with the right prediction", async () => {
    const port = await freePort("127.0.0.1");
    const bin = join(await venv(mlflowVersion), "bin");
    const args = ["models", "serve", "-m", "models:/iris-quickstart/Production", "--env-manager", "local"];
    server = spawn(join(bin, "mlflow"), [...args, "--host", "127.0.0.1", "--port", String(port)], {
      env: { ...environment(), PATH: `${bin}:${process.env.PATH}` },
      stdio: "ignore",
      detached: true,
    });
    const columns = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
    const body = JSON.stringify({
      dataframe_split: {
        columns,
        data: [
          [5.1, 3.5, 1.4, 0.2],
          [6.7, 3.0, 5.2, 2.3],
        ],
      },
    });
    const score = () =>
      fetch(`http://127.0.0.1:${port}/invocations`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
    const deadline = Date.now() + 120_000;
    let answer = await score().catch(() => undefined);
    while (!answer && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 500));
      answer = await score().catch(() => undefined);
    }
    expect(await answer?.json()).toEqual({ predictions: [0, 2] });
  });
});
