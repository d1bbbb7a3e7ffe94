import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, aModel, anExperiment, aRun, theRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { aDestination } from "./support/artifacts.ts";

const settings = aDestination();
const destination = settings.MLFLOW_ARTIFACTS_DESTINATION;
const abfss = destination.replace("wasbs:", "abfss:").replace(".blob.", ".dfs.");

let app: App;
let name: string;
beforeAll(async () => {
  app = await startApp(settings);
  name = await aModel(app);
});
afterAll(() => app.close());

const create = (source: string, ids: { run_id?: string; model_id?: string } = {}) =>
  app.post("/api/2.0/mlflow/model-versions/create", { name, source, ...ids });

describe("a source that never ends", () => {
  it.each([
    ["600 KB that stay encoded", `s3://bucket/%${"25".repeat(300_000)}`],
    ["600 KB without a scheme", `%${"25".repeat(300_000)}`],
    ["600 KB of the app's own", `mlflow-artifacts:/%${"25".repeat(300_000)}`],
    ["100 KB that hide a way up", `s3://bucket/%${"25".repeat(50_000)}2e%2e/x`],
    ["few characters that stay encoded", `s3://bucket/%${"25".repeat(20)}2e%2e/x`],
    ["a way up behind a bad escape", "s3://bucket/%zz/%2e%2e/x"],
    ["501 characters", `s3://bucket/${"x".repeat(489)}`],
    ["501 characters above U+FFFF", `s3://bucket/${"😀".repeat(489)}`],
  ])("%s is refused in few words", async (_, source) => {
    const { status, body, text } = await create(source);
    expect(status).toBe(400);
    expect(body.error_code).toMatch(/^(INVALID_PARAMETER_VALUE|BAD_REQUEST)$/);
    expect(text.length).toBeLessThan(4_096);
  });

  it("500 characters above U+FFFF are taken", async () => {
    expect((await create(`s3://bucket/${"😀".repeat(488)}`)).status).toBe(200);
  });
});

describe("a source inside the artifacts destination", () => {
  it("is the named run's, however it is spelled", async () => {
    const experiment_id = await anExperiment(app);
    const [run_id, other] = [await aRun(app, { experiment_id }), await aRun(app, { experiment_id })];
    const spellings = (run: string) => [
      `mlflow-artifacts:/${experiment_id}/${run}/artifacts/model`,
      `mlflow-artifacts:///${experiment_id}/${run}/artifacts/model`,
      `mlflow-artifacts:/${experiment_id}/%${run.charCodeAt(0).toString(16)}${run.slice(1)}/artifacts/model`,
      `${destination}/${experiment_id}/${run}/artifacts`,
      `${destination}/${experiment_id}/${run}/artifacts/a;b=c,d&e+f@g:h!$'()*`,
      `${destination}//${experiment_id}/${run}/artifacts/model?x=y`,
      `${destination.replace("wasbs:", "WASBS:").replace(".blob.", ".BLOB.")}/${experiment_id}/${run}/artifacts`,
      `${destination.replace("wasbs:", "wasb:").replace(".blob.", ".dfs.")}/${experiment_id}/${run}/artifacts`,
      ` ${destination}/${experiment_id}/${run}/artifacts`,
      `${abfss}/${experiment_id}/${run}/artifacts/model`,
      `${abfss.replace("abfss:", "abfs:").replace(".dfs.", ".blob.")}/${experiment_id}/${run}/artifacts/model`,
    ];
    for (const source of spellings(run_id))
      expect([source, (await create(source, { run_id })).status]).toEqual([source, 200]);
    const tried: [string, { run_id?: string }][] = [
      ...spellings(other).map((source): [string, object] => [source, { run_id }]),
      ...spellings(run_id).map((source): [string, object] => [source, {}]),
      [`${destination}/${experiment_id}`, { run_id }],
      [destination, { run_id }],
      [`${destination}/${experiment_id}/${run_id}/artifactsx`, { run_id }],
      [`${destination}/${experiment_id}/${run_id}/%61rtifacts`, { run_id }],
      [`${destination}/${experiment_id}/${run_id}/artifacts`, { run_id: "0123456789abcdef0123456789abcdef" }],
    ];
    for (const [source, ids] of tried) {
      const { status, body } = await create(source, ids);
      expect([status, body.message]).toEqual([
        400,
        `Invalid model version source: '${source}'. The run_id request parameter must identify the resource that contains the source.`,
      ]);
    }
  });

  it("is refused in a spelling that is none, and by https", async () => {
    const run_id = await aRun(app);
    const place = (await theRun(app, run_id)).info.artifact_uri.replace("mlflow-artifacts:", "");
    const host = destination.slice(destination.indexOf("@") + 1).split("/")[0]!;
    for (const source of [
      `${destination.replace(host, `${host}:443`)}${place}`,
      `${destination.replace(host, `${host}.`)}${place}`,
      `${destination}${place}/../x`,
      `${destination}${place}/%2e%2e/x`,
      `https://${host}/container/some/where${place}`,
      `HTTPS://${host}/container/some/where${place}`,
      ` https://${host}/container/some/where${place}`,
      `http://localhost/api/2.0/mlflow-artifacts/artifacts${place}`,
      `mlflow-artifacts://host${place}`,
    ])
      expect([source, (await create(source, { run_id })).status]).toEqual([source, 400]);
  });

  it("is the named logged model's", async () => {
    const [model_id, other] = [await aLoggedModel(app), await aLoggedModel(app)];
    const rootOf = async (id: string): Promise<string> =>
      (await app.get(`/api/2.0/mlflow/logged-models/${id}`)).body.model.info.artifact_uri;
    const own = (await rootOf(model_id)).replace("mlflow-artifacts:", destination);
    expect((await create(own, { model_id })).status).toBe(200);
    const { status, body } = await create(own, { model_id: other });
    expect(status).toBe(400);
    expect(body.message).toContain("The model_id request parameter must identify the resource");
  });
});

describe("a source on a disk", () => {
  const local = async (root: string) => {
    const run_id = await aRun(app);
    await app.db.query("UPDATE runs SET artifact_uri = $1 WHERE run_uuid = $2", [root, run_id]);
    return run_id;
  };

  it.each([
    ["/srv/mlruns/0/r/artifacts", "/srv/mlruns/0/r/artifacts"],
    ["file:///srv/mlruns/0/r/artifacts", "/srv/mlruns/0/r/artifacts/model"],
    ["/srv/mlruns/0/r/artifacts", "file:///srv/mlruns/0/r/artifacts/model"],
    ["file:///srv/ml%20runs/r/artifacts", "/srv/ml runs/r/artifacts/x"],
    ["/srv/r/artifacts", "file://localhost/srv/r/artifacts/a/../b"],
  ])("inside the run's root %s is stored and never served: %s", async (root, source) => {
    const run_id = await local(root);
    const { status, body } = await create(source, { run_id });
    expect(status).toBe(200);
    expect(body.model_version).toMatchObject({ source, run_id });
    const query = { name, version: body.model_version.version, path: "MLmodel" };
    const served = await app.get("/model-versions/get-artifact", query);
    expect([served.status, served.body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it.each([
    ["/srv/r/artifacts", "/srv/r/artifactsx"],
    ["/srv/r/artifacts", "/srv/r/artifacts/../x"],
    ["/srv/r/artifacts", "file:///srv/r/artifacts/%2e%2e/x"],
    ["/srv/r/artifacts", "/etc/passwd"],
    ["/srv/r/artifacts", "srv/r/artifacts"],
    ["/srv/r/artifacts", "file://elsewhere/srv/r/artifacts"],
    ["s3://srv/r/artifacts", "/srv/r/artifacts"],
    ["mlflow-artifacts:/srv/r/artifacts", "/srv/r/artifacts"],
  ])("outside the run's root %s is refused: %s", async (root, source) => {
    const { status, body } = await create(source, { run_id: await local(root) });
    expect(status).toBe(400);
    expect(body.message).toContain("the local path has to be contained within the artifact directory of the run");
  });

  it("inside the logged model's root is stored, and without an id refused", async () => {
    const model_id = await aLoggedModel(app);
    await app.db.query("UPDATE logged_models SET artifact_location = '/srv/m/artifacts' WHERE model_id = $1", [
      model_id,
    ]);
    expect((await create("/srv/m/artifacts/x", { model_id })).status).toBe(200);
    const { status, body } = await create("/srv/m/artifacts/x");
    expect([status, body.message]).toEqual([400, expect.stringContaining("'/srv/m/artifacts/x'. To use a local path")]);
    expect((await create("/srv/m/artifacts/x", { run_id: "nope" })).status).toBe(400);
  });
});
