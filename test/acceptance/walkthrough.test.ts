import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type App, startApp } from "../support/app.ts";
import { servedPredictions } from "./serve.ts";
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

it("mlflow models serve answers with the right prediction", async () => {
  expect(await servedPredictions("models:/iris-quickstart/Production", { MLFLOW_TRACKING_URI: app.url })).toEqual([
    0, 2,
  ]);
});
