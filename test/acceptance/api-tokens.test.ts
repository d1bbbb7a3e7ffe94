import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { experimentOf, type SignedIn, signedInApp } from "../identity/signed-in.ts";
import type { App } from "../support/app.ts";
import { python } from "./python.ts";
import { servedPredictions } from "./serve.ts";

let app: App;
let alice: SignedIn;
let close: () => Promise<void>;
beforeAll(async () => {
  const signedIn = await signedInApp(["alice"]);
  ({ app, close } = signedIn);
  alice = signedIn.users.alice!;
});
afterAll(() => close());

async function aToken(asked: object = {}): Promise<string> {
  const path = "/api/functions/tokens/create";
  return (await alice.send("POST", path, { name: crypto.randomUUID(), ...asked })).body.token_value;
}

const mlflow = (credentials: Record<string, string>, ...args: string[]) =>
  python(mlflowVersion, args, { MLFLOW_TRACKING_URI: app.url, ...credentials });

describe("a client with an API token", () => {
  it("does the quickstart with it in MLFLOW_TRACKING_TOKEN, and serves the model with one that only reads", async () => {
    const output = await mlflow({ MLFLOW_TRACKING_TOKEN: await aToken() }, "examples/quickstart.py");
    expect(output).toMatch(/models:\/iris-quickstart@champion: accuracy 0\.9/);
    const MLFLOW_TRACKING_TOKEN = await aToken({ read_only: true });
    const model = "models:/iris-quickstart/Production";
    expect(await servedPredictions(model, { MLFLOW_TRACKING_URI: app.url, MLFLOW_TRACKING_TOKEN })).toEqual([0, 2]);
  });

  it("logs a hundred files with it as the password", async () => {
    const output = await mlflow(
      { MLFLOW_TRACKING_USERNAME: "token", MLFLOW_TRACKING_PASSWORD: await aToken() },
      "-c",
      `import mlflow, pathlib, tempfile
mlflow.set_experiment("files")
with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
    for number in range(100):
        file = pathlib.Path(folder, f"{number}.txt")
        file.write_text(str(number))
        mlflow.log_artifact(str(file))
print(len(mlflow.artifacts.list_artifacts(run_id=run.info.run_id)))`,
    );
    expect(output.trim().split("\n").at(-1)).toBe("100");
  });

  it("sends spans with it in OTEL_EXPORTER_OTLP_HEADERS, unless it only reads", async () => {
    const experiment = await experimentOf(alice, "spans");
    const send = async (token: string) =>
      python("opentelemetry", ["test/acceptance/traces-otlp.py"], {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${app.url}/v1/traces`,
        OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${token},x-mlflow-experiment-id=${experiment}`,
      });
    const spans = async () =>
      (await app.db.query("SELECT name FROM spans WHERE experiment_id = $1 ORDER BY name", [experiment])).rows;
    await send(await aToken({ read_only: true }));
    expect(await spans()).toEqual([]);
    await send(await aToken());
    expect(await spans()).toEqual([{ name: "child" }, { name: "parent" }]);
  });
});
