import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { servedPredictions } from "./serve.ts";
import { venv } from "./venv.ts";

const run = promisify(execFile);

let app: App;
let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
  app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings });
});
afterAll(async () => {
  await app.close();
  await authority.close();
});

async function python(credentials: Record<string, string>, ...args: string[]): Promise<string> {
  const bin = join(await venv(mlflowVersion), "bin");
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: app.url,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1",
    MLFLOW_DISABLE_TELEMETRY: "true",
    DO_NOT_TRACK: "true",
    GIT_PYTHON_REFRESH: "quiet",
    PATH: `${bin}:${process.env.PATH}`,
    ...credentials,
  };
  const { stdout } = await run(join(bin, "python"), args, { env, maxBuffer: 2 ** 26 });
  return stdout;
}

/** What a client prints of setting an experiment, which it makes where it is not found. */
const setExperiment = (credentials: Record<string, string>) =>
  python(
    credentials,
    "-c",
    `import mlflow
try:
    print(mlflow.set_experiment("mine").name)
except mlflow.exceptions.MlflowException as error:
    print(error.error_code, error)`,
  );

describe("the stock client with a token of Entra", () => {
  it("does the quickstart as a service principal that is an Editor", async () => {
    const token = await authority.appToken({ roles: ["Editor"] });
    const output = await python({ MLFLOW_TRACKING_TOKEN: token }, resolve("examples/quickstart.py"));
    expect(output).toMatch(/models:\/iris-quickstart@champion: accuracy 0\.9/);
  });

  it("serves a model to a reader, by mlflow models serve", async () => {
    const MLFLOW_TRACKING_TOKEN = await authority.userToken({ roles: ["Reader"] });
    const model = "models:/iris-quickstart/Production";
    expect(await servedPredictions(model, { MLFLOW_TRACKING_URI: app.url, MLFLOW_TRACKING_TOKEN })).toEqual([0, 2]);
  });

  it("takes the token as a password", async () => {
    const MLFLOW_TRACKING_PASSWORD = await authority.userToken({ roles: ["Editor"] });
    expect(await setExperiment({ MLFLOW_TRACKING_USERNAME: "token", MLFLOW_TRACKING_PASSWORD })).toBe("mine\n");
  });

  it("is told why it is refused", async () => {
    const refused = async (token: string) => setExperiment({ MLFLOW_TRACKING_TOKEN: token });
    const nobody = await authority.userToken({ roles: [] });
    expect(await refused(nobody)).toMatch(/^PERMISSION_DENIED .*to whom nothing is granted here/);
    const expired = await authority.userToken({ roles: ["Editor"], exp: Math.floor(Date.now() / 1000) - 900 });
    expect(await refused(expired)).toMatch(/^UNAUTHENTICATED .*The token has expired/);
  });
});
