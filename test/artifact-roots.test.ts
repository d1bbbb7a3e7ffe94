import { randomUUID } from "node:crypto";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseConnectionString } from "../shared/platform/azure/connection-string.ts";
import { aLoggedModel, aModel, anExperiment, aRun, aVersion, theRun } from "./factories.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination } from "./support/artifacts.ts";

const settings = aDestination();
const destination = settings.MLFLOW_ARTIFACTS_DESTINATION;
const { account } = parseConnectionString(inject("storage"));
const [, container] = /^wasbs:\/\/([^@]+)@/.exec(destination)!;
const outsider = `other-${randomUUID()}`;
const host = `${account}.blob.core.windows.net`;

let app: App;
let blobs: BlobServiceClient;
beforeAll(async () => {
  app = await startApp(settings);
  blobs = BlobServiceClient.fromConnectionString(inject("storage"));
  const put = async (where: string, name: string) => {
    const client = blobs.getContainerClient(where);
    await client.createIfNotExists();
    await client.getBlockBlobClient(name).upload("secret", 6);
  };
  for (const name of ["secret", "some/secret", "some/where/secret"]) await put(outsider, name);
  for (const name of ["secret", "some/secret", "some/wherever/secret"]) await put(container!, name);
});
afterAll(() => app.close());

const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/${route}`, body);

/** A run, a logged model and three model versions whose rows say that they keep their files at `location`. */
async function pointedAt(location: string) {
  const experiment_id = await anExperiment(app);
  const [run, model, name] = [await aRun(app, { experiment_id }), await aLoggedModel(app), await aModel(app)];
  for (let version = 0; version < 3; version++) await aVersion(app, name);
  const set = (statement: string, id: string, value = location) => app.db.query(statement, [value, id]);
  await set("UPDATE runs SET artifact_uri = $1 WHERE run_uuid = $2", run);
  await set("UPDATE logged_models SET artifact_location = $1 WHERE model_id = $2", model);
  await set("UPDATE model_versions SET source = $1, storage_location = $1 WHERE name = $2 AND version = 1", name);
  await set("UPDATE model_versions SET storage_location = $1 WHERE name = $2 AND version = 2", name);
  const source = "UPDATE model_versions SET source = $1, storage_location = NULL WHERE name = $2 AND version = 3";
  await set(source, name, `runs:/${run}/`);
  await set("UPDATE experiments SET artifact_location = $1 WHERE experiment_id = $2::int", experiment_id);
  const inherited = await aRun(app, { experiment_id });
  return { runs: [run, inherited], model, name };
}

type Pointed = Awaited<ReturnType<typeof pointedAt>>;

/** Every way to a file or a listing of what is pointed so. */
async function tryEverything({ runs, model, name }: Pointed, path: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const run_id of runs) {
    answers.push(
      await app.get("/api/2.0/mlflow/artifacts/list", { run_id }),
      await app.get("/api/2.0/mlflow/artifacts/list", { run_id, path }),
      await post("artifacts/presigned-upload-url", { run_id, path }),
      await post("artifacts/presigned-download-url", { run_id, path }),
      await app.get("/get-artifact", { run_id, path }),
      await app.request("POST", `/ajax-api/2.0/mlflow/upload-artifact?run_id=${run_id}&path=${path}`, { body: "x" }),
    );
  }
  const files = `/ajax-api/2.0/mlflow/logged-models/${model}/artifacts`;
  answers.push(
    await post("artifacts/presigned-upload-url", { model_id: model, path }),
    await app.get(`${files}/directories`),
    await app.get(`${files}/directories`, { artifact_directory_path: path }),
  );
  for (const presigned of ["true", "false"]) {
    answers.push(await app.get(`${files}/files`, { artifact_file_path: path, presigned }));
    for (const version of ["1", "2", "3"])
      answers.push(await app.get("/model-versions/get-artifact", { name, version, path, presigned }));
  }
  return answers;
}

async function everyBlob(): Promise<string[]> {
  const found: string[] = [];
  for (const name of [outsider, container!])
    for await (const blob of blobs.getContainerClient(name).listBlobsFlat()) found.push(`${name}/${blob.name}`);
  return found;
}

describe("what a row points at, outside the allowed roots", () => {
  it.each([
    ["another container", `wasbs://${outsider}@${host}/some/where`],
    ["another container by its other name", `abfss://${outsider}@${account}.dfs.core.windows.net/some/where`],
    ["another account", destination.replace(`@${account}`, "@someoneelse")],
    ["another cloud", destination.replace("core.windows.net", "core.usgovcloudapi.net")],
    ["a look-alike host", destination.replace(".windows.net", ".windows.net.example.com")],
    ["a host after the account's", destination.replace(host, `${host}@example.com`)],
    ["a host before the account's", destination.replace(`@${host}`, `@example.com@${host}`)],
    ["a host with a port", destination.replace(host, `${host}:443`)],
    ["the parent of the prefix", destination.replace("/some/where", "/some")],
    ["the whole container", destination.replace("/some/where", "")],
    ["a sibling whose name starts alike", `${destination}ver`],
    ["the prefix in other letters", destination.replace("/some/where", "/some/WHERE")],
    ["a way up", `${destination}/..`],
    ["an encoded way up", `${destination}/%2e%2e`],
    ["a twice encoded way up", `${destination}/%252e%252e`],
    ["an encoded slash", `${destination}/..%2f`],
    ["a backslash", `${destination}/..\\`],
    ["a way up from the destination", "mlflow-artifacts:/.."],
    ["an encoded way up from the destination", "mlflow-artifacts:/%2e%2e"],
    ["a way up from a host", `mlflow-artifacts://${outsider}@${host}/..`],
    ["a way up from this server", "http://localhost/api/2.0/mlflow-artifacts/artifacts/../../.."],
    ["another server", `https://${host}/${outsider}/`],
    ["another kind of storage", "s3://bucket/some/where"],
    ["this machine", "file:///etc"],
    ["a path", "/some/where"],
    ["another run", "runs:/0123456789abcdef0123456789abcdef/some"],
    ["nothing", ""],
  ])("%s: no SAS, no listing, no read, no write", async (_, location) => {
    const pointed = await pointedAt(location);
    const before = await everyBlob();
    for (const path of ["secret", "x"]) {
      const answers = await tryEverything(pointed, path);
      expect(answers).toHaveLength(23);
      for (const { status, body, text, headers } of answers) {
        expect([400, 403, 404]).toContain(status);
        expect(body.error_code).toMatch(/^(INVALID_PARAMETER_VALUE|PERMISSION_DENIED|RESOURCE_DOES_NOT_EXIST)$/);
        expect(text).not.toMatch(/sig=|"files"/);
        expect(headers.get("location")).toBeNull();
      }
    }
    expect(await everyBlob()).toEqual(before);
  });

  it("is said by its name, with the setting that would allow it", async () => {
    const location = `wasbs://${outsider}@${host}/some/where`;
    for (const { status, body } of await tryEverything(await pointedAt(location), "secret")) {
      expect([status, body.error_code]).toEqual([403, "PERMISSION_DENIED"]);
      expect(body.message).toContain(location);
      expect(body.message).toContain("MLFLOW_FUNCTIONS_ARTIFACT_ROOTS");
    }
  });
});

describe("MLFLOW_DEFAULT_ARTIFACT_ROOT", () => {
  it("changes new experiments only", async () => {
    const experiment_id = await anExperiment(app);
    const before = await aRun(app, { experiment_id });
    const { artifact_uri } = (await theRun(app, before)).info;
    await new ArtifactsClient(app.url).put(`${artifact_uri.replace("mlflow-artifacts:/", "")}/x`, "old");
    const other = `${destination.replace("/some/where", "/elsewhere")}/new`;
    // Another process of the same server: this one has read its settings.
    const changed = await startApp({
      ...settings,
      MLFLOW_BACKEND_STORE_URI: app.databaseUri,
      MLFLOW_DEFAULT_ARTIFACT_ROOT: other,
    });
    try {
      const { body } = await changed.get("/api/2.0/mlflow/experiments/get", { experiment_id });
      expect(body.experiment.artifact_location).toBe(`mlflow-artifacts:/${experiment_id}`);
      const after = await aRun(changed, { experiment_id });
      expect((await theRun(changed, after)).info.artifact_uri).toBe(
        `mlflow-artifacts:/${experiment_id}/${after}/artifacts`,
      );
      expect((await changed.get("/get-artifact", { run_id: before, path: "x" })).text).toBe("old");
      const created = await anExperiment(changed);
      const run = await aRun(changed, { experiment_id: created });
      expect((await theRun(changed, run)).info.artifact_uri).toBe(`${other}/${created}/${run}/artifacts`);
      const upload = `/ajax-api/2.0/mlflow/upload-artifact?run_id=${run}&path=x`;
      expect((await changed.request("POST", upload, { body: "new" })).status).toBe(200);
      expect((await changed.get("/get-artifact", { run_id: run, path: "x" })).text).toBe("new");
    } finally {
      await changed.close();
    }
  });
});
