import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, anExperiment, aRun, theRun, unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { aDestination } from "./support/artifacts.ts";

const settings = aDestination();
const destination = settings.MLFLOW_ARTIFACTS_DESTINATION;

let app: App;
beforeAll(async () => {
  app = await startApp(settings);
});
afterAll(() => app.close());

const create = (artifact_location: string) =>
  app.post("/api/2.0/mlflow/experiments/create", { name: unique("at"), artifact_location });

describe("artifact_location", () => {
  it.each([
    ["600 KB that stay encoded", `%${"25".repeat(300_000)}`],
    ["a query of 600 KB that stays encoded", `s3://bucket/x?%${"25".repeat(300_000)}`],
    ["100 KB that hide a way up", `s3://bucket/x?%${"25".repeat(50_000)}2e%2e`],
    ["a short query that hides a way up deeply", `s3://bucket/x?%${"25".repeat(20)}2e%2e`],
    ["a query that hides a way up behind a bad escape", "s3://bucket/x?%zz%2e%2e"],
    ["600 KB on Azure", `${destination}/%${"25".repeat(300_000)}`],
    ["a path on Azure that stays encoded", `${destination}/%${"25".repeat(20)}`],
  ])("of %s is refused in few words", async (_, location) => {
    const { status, body, text } = await create(location);
    expect([status, body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(text.length).toBeLessThan(4_096);
  });

  it.each(["relative", "./mlruns", "a/b", "file:x", "file:./x"])(
    "%s is refused, since it is relative",
    async (location) => {
      const { status, body } = await create(location);
      expect([status, body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
      expect(body.message).toContain("relative");
    },
  );

  it.each(["/tmp/x", "file:///tmp/x", "s3://bucket/x", "mlflow-artifacts:/x", `${destination}/x`, ""])(
    "%s is taken",
    async (location) => {
      expect((await create(location)).status).toBe(200);
    },
  );
});

describe("an experiment in the folder of a run or logged model", () => {
  it("is refused in every spelling, and beside it taken", async () => {
    const experiment_id = await anExperiment(app);
    const run = await aRun(app, { experiment_id });
    const model = await aLoggedModel(app, { experiment_id });
    expect((await theRun(app, run)).info.artifact_uri).toBe(`mlflow-artifacts:/${experiment_id}/${run}/artifacts`);
    const abfss = destination.replace("wasbs:", "abfss:").replace(".blob.", ".dfs.");
    const escaped = `%${run.charCodeAt(0).toString(16)}${run.slice(1)}`;
    const base = (await app.get("/api/2.0/mlflow/experiments/get", { experiment_id })).body.experiment
      .artifact_location;
    for (const location of [
      `mlflow-artifacts:/${experiment_id}/${run}/artifacts`,
      `mlflow-artifacts:/${experiment_id}/${run}/artifacts/model`,
      `mlflow-artifacts:/${experiment_id}/${run}`,
      `mlflow-artifacts:///${experiment_id}//${run}/artifacts`,
      `mlflow-artifacts:/${experiment_id}/${escaped}/artifacts`,
      `mlflow-artifacts:/${experiment_id}/${run}./artifacts`,
      `mlflow-artifacts:/${experiment_id}/${run.slice(0, 9)}\n${run.slice(9)}/artifacts`,
      `${destination}/${experiment_id}/${run}/artifacts/x`,
      `${abfss}/${experiment_id}/${run}/artifacts/x`,
      `${destination.replace(".blob.", ".BLOB.")}/${experiment_id}/${run}`,
      `${destination}/${experiment_id}/${run}/artifacts?x=y`,
      `${base}/models/${model}/artifacts`,
      `${destination}/${experiment_id}/models/${model}/artifacts/x`,
    ]) {
      const { status, body } = await create(location);
      expect([location, status]).toEqual([location, 400]);
      expect(body.message).toContain("folder of a run or logged model");
    }
    for (const location of [
      base,
      `${base}/${run}x`,
      `mlflow-artifacts:/other/${run}/artifacts`,
      `s3://bucket/${experiment_id}/${run}/artifacts`,
    ])
      expect([location, (await create(location)).status]).toEqual([location, 200]);
  });
});
