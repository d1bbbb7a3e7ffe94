import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "../acceptance/venv.ts";
import { type RealHost, startApp } from "./real-host.ts";

let host: RealHost;
beforeAll(async () => {
  host = await startApp();
});
afterAll(() => host?.stop());

async function python(...args: string[]): Promise<string> {
  const bin = join(await venv(mlflowVersion), "bin");
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    MLFLOW_TRACKING_URI: host.url,
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
  return (await promisify(execFile)(join(bin, "python"), args, { env, maxBuffer: 2 ** 26 })).stdout;
}

describe("the stock client on the host", () => {
  it("does the quickstart", async () => {
    const output = await python(resolve("examples/quickstart.py"));
    for (const model of ["Production", "champion"])
      expect(output).toMatch(new RegExp(`models:/iris-quickstart[/@]${model}: accuracy 0\\.9`));
  });

  it("walks through the registry", async () => {
    const account = /AccountName=([^;]*)/.exec(inject("storage"))?.[1];
    const root = `wasbs://elsewhere@${account}.blob.core.windows.net`;
    expect(await python(resolve("test/acceptance/walkthrough.py"), root)).toContain("walkthrough done");
  });
});
