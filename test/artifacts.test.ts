import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, theRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination } from "./support/artifacts.ts";

let app: App;
let proxy: ArtifactsClient;
/** The artifacts destination: its account, container and prefix. */
let destination: { account: string; container: string; prefix: string };

beforeAll(async () => {
  app = await startApp(aDestination());
  proxy = new ArtifactsClient(app.url);
  const { json } = await proxy.create("probe", "x", 1);
  const [, account, container, ...path] = new URL(json.credentials[0]!.url).pathname.split("/");
  destination = { account: account!, container: container!, prefix: path.slice(0, -2).join("/") };
});
afterAll(() => app.close());

const get = (route: string, query: Record<string, string>) => app.get(`/api/2.0/mlflow/${route}`, query);
const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/${route}`, body);

/** A folder below the destination, as servers of old name it. */
function azureUri(scheme: "wasbs" | "abfss", folder: string): string {
  const { account, container, prefix } = destination;
  const service = scheme === "wasbs" ? "blob" : "dfs";
  return `${scheme}://${container}@${account}.${service}.core.windows.net/${prefix ? `${prefix}/` : ""}${folder}`;
}

/** A run whose experiment keeps its artifacts at `artifact_location`, or where new experiments do. */
async function aRunAt(artifact_location?: string): Promise<{ id: string; uri: string }> {
  const id = await aRun(app, { experiment_id: await anExperiment(app, { artifact_location }) });
  return { id, uri: (await theRun(app, id)).info.artifact_uri };
}

describe("GET artifacts/list", () => {
  it("lists a run's files by their paths below its root", async () => {
    const { id, uri } = await aRunAt();
    expect(uri).toMatch(/^mlflow-artifacts:\//);
    const root = uri.replace("mlflow-artifacts:/", "");
    await proxy.put(`${root}/model/MLmodel`, "text");
    await proxy.put(`${root}/empty`, "");
    expect((await get("artifacts/list", { run_id: id })).body).toEqual({
      root_uri: uri,
      files: [
        { path: "empty", is_dir: false },
        { path: "model", is_dir: true },
      ],
    });
    const model = { root_uri: uri, files: [{ path: "model/MLmodel", is_dir: false, file_size: 4 }] };
    expect((await get("artifacts/list", { run_id: id, path: "model" })).body).toEqual(model);
    expect((await get("artifacts/list", { run_uuid: id, path: "model/", page_token: "x" })).body).toEqual(model);
    expect((await get("artifacts/list", { run_id: id, path: "model/MLmodel" })).body).toEqual({ root_uri: uri });
  });

  it.each(["wasbs", "abfss"] as const)("lists a %s root inside the destination", async (scheme) => {
    const { id, uri } = await aRunAt(azureUri(scheme, scheme));
    await proxy.put(`${scheme}/${id}/artifacts/x`, "1");
    expect((await get("artifacts/list", { run_id: id })).body).toEqual({
      root_uri: uri,
      files: [{ path: "x", is_dir: false, file_size: 1 }],
    });
  });

  it("serves no other kind of root, and says which and what to set", async () => {
    const { id, uri } = await aRunAt("s3://bucket/x");
    const { status, body } = await get("artifacts/list", { run_id: id });
    expect([status, body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(body.message).toContain(uri);
    expect(body.message).toContain("MLFLOW_ARTIFACTS_DESTINATION");
  });

  it.each([
    ["another container", (uri: string) => uri.replace("://", "://other")],
    ["another account", (uri: string) => uri.replace("@", "@other")],
    ["a look-alike host", (uri: string) => uri.replace(".windows.net", ".windows.net.example.com")],
    ["a path that leaves itself", (uri: string) => `${uri}/../x`],
    ["an encoded path that leaves itself", (uri: string) => `${uri}/%2e%2e/x`],
  ])("lists and signs nothing in %s", async (_, change) => {
    const { id } = await aRunAt();
    const outside = change(azureUri("wasbs", "outside"));
    await app.db.query("UPDATE runs SET artifact_uri = $1 WHERE run_uuid = $2", [outside, id]);
    for (const { status, body } of [
      await get("artifacts/list", { run_id: id }),
      await post("artifacts/presigned-upload-url", { run_id: id, path: "x" }),
      await post("artifacts/presigned-download-url", { run_id: id, path: "x" }),
    ]) {
      expect([400, 403]).toContain(status);
      expect(body.message).toContain(outside);
      expect(body).not.toHaveProperty("presigned_url");
    }
  });

  it("needs a run that exists, and a path inside it", async () => {
    const { id } = await aRunAt();
    expect(await get("artifacts/list", {})).toMatchObject({
      status: 400,
      body: {
        message:
          "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.",
      },
    });
    expect(await get("artifacts/list", { run_id: "nope" })).toMatchObject({
      status: 404,
      body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Run with id=nope not found" },
    });
    for (const path of ["..", "a/../..", "%2e%2e", "/etc", "a//b", "a\\..\\b", "a\0"])
      expect(await get("artifacts/list", { run_id: id, path })).toMatchObject({
        status: 400,
        body: { message: "Invalid path" },
      });
  });
});

describe("POST artifacts/presigned-upload-url and presigned-download-url", () => {
  const location = () => azureUri("wasbs", "direct");

  it("sign for one file of the run", async () => {
    const { id } = await aRunAt(location());
    const { body: upload } = await post("artifacts/presigned-upload-url", { run_id: id, path: "d/a b.png" });
    expect(upload).toEqual({
      presigned_url: expect.stringMatching(/\/artifacts\/d\/a%20b\.png\?.*sp=w&/),
      headers: { "x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": "image/png" },
    });
    const headers = upload.headers;
    const sent = await fetch(upload.presigned_url, { method: "PUT", headers, body: "png" });
    expect(sent.status).toBe(201);
    const { body: download } = await post("artifacts/presigned-download-url", {
      run_id: id,
      path: "d/a b.png",
      expiration: 60,
    });
    expect(download).toEqual({ presigned_url: expect.stringMatching(/sp=r&/), file_size: 3 });
    const read = await fetch(download.presigned_url);
    expect([await read.text(), read.headers.get("content-type")]).toEqual(["png", "image/png"]);
    const expiry = new URL(download.presigned_url).searchParams.get("se")!;
    expect(Date.parse(expiry) - Date.now()).toBeLessThanOrEqual(60_000);
  });

  it("do not find what is not there", async () => {
    const { id } = await aRunAt(location());
    expect((await post("artifacts/presigned-download-url", { run_id: id, path: "nothing" })).status).toBe(404);
    expect((await post("artifacts/presigned-download-url", { run_id: "nope", path: "x" })).status).toBe(404);
    expect((await post("artifacts/presigned-upload-url", { model_id: "m-nope", path: "x" })).body).toMatchObject({
      error_code: "RESOURCE_DOES_NOT_EXIST",
      message: "Logged model with ID 'm-nope' not found.",
    });
  });

  it("refuse roots that clients reach through the server, as MLflow does", async () => {
    const { id } = await aRunAt();
    expect((await post("artifacts/presigned-download-url", { run_id: id, path: "x" })).body.message).toBe(
      "Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: mlflow-artifacts). " +
        "This endpoint requires a run with a direct cloud storage artifact URI.",
    );
    expect((await post("artifacts/presigned-upload-url", { run_id: id, path: "x" })).body.message).toBe(
      "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). " +
        "This endpoint requires a direct cloud storage artifact URI.",
    );
  });

  it("need one owner, a file and a lifetime that Azure takes", async () => {
    const { id } = await aRunAt(location());
    expect((await post("artifacts/presigned-upload-url", { path: "x" })).body.message).toMatch(/^Exactly one of/);
    expect((await post("artifacts/presigned-upload-url", { path: "x", run_id: id, model_id: "m" })).status).toBe(400);
    for (const route of ["artifacts/presigned-upload-url", "artifacts/presigned-download-url"]) {
      for (const expiration of [0, -1, 604_801])
        expect((await post(route, { run_id: id, path: "x", expiration })).body.message).toBe(
          `expiration must be between 1 and 604800 seconds (got ${expiration}).`,
        );
      for (const path of ["../x", "%2e%2e/x", "a/", "a//b"])
        expect((await post(route, { run_id: id, path })).body.message).toBe("Invalid path");
    }
  });
});
