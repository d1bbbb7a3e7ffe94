import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient } from "./support/artifacts.ts";

const azure = "devstoreaccount1.blob.core.windows.net";
let app: App;
let proxy: ArtifactsClient;
beforeAll(async () => {
  app = await startApp();
  proxy = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

interface Answer {
  status: number;
  json: Record<string, unknown> & { message?: string; error_code?: string };
}

async function answer(response: Response): Promise<Answer> {
  return { status: response.status, json: (await response.json()) as Answer["json"] };
}

const api = (path: string) => `${app.url}/api/2.0/mlflow/${path}`;
const get = async (path: string, query: Record<string, string>) =>
  answer(await fetch(`${api(path)}?${new URLSearchParams(query)}`));
const post = async (path: string, body: object) =>
  answer(
    await fetch(api(path), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

let experiments = 0;

/** A run whose experiment keeps its artifacts at `location`, or where new experiments do. */
async function aRun(location?: string): Promise<{ id: string; uri: string }> {
  experiments += 1;
  const created = await post("experiments/create", { name: `artifacts ${experiments}`, artifact_location: location });
  expect(created.status).toBe(200);
  const { json } = await post("runs/create", { experiment_id: created.json.experiment_id });
  const { info } = json.run as { info: { run_id: string; artifact_uri: string } };
  return { id: info.run_id, uri: info.artifact_uri };
}

describe("GET artifacts/list", () => {
  it("lists a run's files by their paths below its root", async () => {
    const { id, uri } = await aRun();
    expect(uri).toMatch(/^mlflow-artifacts:\//);
    const root = uri.replace("mlflow-artifacts:/", "");
    await proxy.put(`${root}/model/MLmodel`, "text");
    await proxy.put(`${root}/empty`, "");
    expect((await get("artifacts/list", { run_id: id })).json).toEqual({
      root_uri: uri,
      files: [
        { path: "empty", is_dir: false },
        { path: "model", is_dir: true },
      ],
    });
    const model = { root_uri: uri, files: [{ path: "model/MLmodel", is_dir: false, file_size: 4 }] };
    expect((await get("artifacts/list", { run_id: id, path: "model" })).json).toEqual(model);
    expect((await get("artifacts/list", { run_uuid: id, path: "model/", page_token: "x" })).json).toEqual(model);
    expect((await get("artifacts/list", { run_id: id, path: "model/MLmodel" })).json).toEqual({ root_uri: uri });
  });

  it.each(["wasbs", "abfss"])("lists a %s root inside the destination", async (scheme) => {
    const host = scheme === "abfss" ? azure.replace(".blob.", ".dfs.") : azure;
    const { id, uri } = await aRun(`${scheme}://${app.artifacts.container}@${host}/${app.artifacts.prefix}${scheme}`);
    await proxy.put(`${scheme}/${id}/artifacts/x`, "1");
    expect((await get("artifacts/list", { run_id: id })).json).toEqual({
      root_uri: uri,
      files: [{ path: "x", is_dir: false, file_size: 1 }],
    });
  });

  it("needs a run that exists, and a path inside it", async () => {
    const { id } = await aRun();
    expect(await get("artifacts/list", {})).toMatchObject({
      status: 400,
      json: {
        message:
          "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.",
      },
    });
    expect(await get("artifacts/list", { run_id: "nope" })).toMatchObject({
      status: 404,
      json: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Run with id=nope not found" },
    });
    for (const path of ["..", "a/../..", "%2e%2e", "/etc", "a//b", "a\\b", "a\0"])
      expect(await get("artifacts/list", { run_id: id, path })).toMatchObject({
        status: 400,
        json: { message: "Invalid path" },
      });
  });
});

describe("POST artifacts/presigned-upload-url and presigned-download-url", () => {
  const location = () => `wasbs://${app.artifacts.container}@${azure}/${app.artifacts.prefix}direct`;

  it("sign for one file of the run", async () => {
    const { id } = await aRun(location());
    const upload = await post("artifacts/presigned-upload-url", { run_id: id, path: "d/a b.png" });
    expect(upload.json).toEqual({
      presigned_url: expect.stringMatching(/\/artifacts\/d\/a%20b\.png\?.*sp=w&/),
      headers: { "x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": "image/png" },
    });
    const headers = upload.json.headers as Record<string, string>;
    const sent = await fetch(upload.json.presigned_url as string, { method: "PUT", headers, body: "png" });
    expect(sent.status).toBe(201);
    const download = await post("artifacts/presigned-download-url", { run_id: id, path: "d/a b.png", expiration: 60 });
    expect(download.json).toEqual({ presigned_url: expect.stringMatching(/sp=r&/), file_size: 3 });
    const read = await fetch(download.json.presigned_url as string);
    expect([await read.text(), read.headers.get("content-type")]).toEqual(["png", "image/png"]);
    const expiry = new URL(download.json.presigned_url as string).searchParams.get("se")!;
    expect(Date.parse(expiry) - Date.now()).toBeLessThanOrEqual(60_000);
  });

  it("do not find what is not there", async () => {
    const { id } = await aRun(location());
    expect((await post("artifacts/presigned-download-url", { run_id: id, path: "nothing" })).status).toBe(404);
    expect((await post("artifacts/presigned-download-url", { run_id: "nope", path: "x" })).status).toBe(404);
    expect((await post("artifacts/presigned-upload-url", { model_id: "m-nope", path: "x" })).json).toMatchObject({
      error_code: "RESOURCE_DOES_NOT_EXIST",
      message: "Logged model with ID 'm-nope' not found.",
    });
  });

  it("refuse roots that clients reach through the server, as MLflow does", async () => {
    const { id } = await aRun();
    expect((await post("artifacts/presigned-download-url", { run_id: id, path: "x" })).json.message).toBe(
      "Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: mlflow-artifacts). " +
        "This endpoint requires a run with a direct cloud storage artifact URI.",
    );
    expect((await post("artifacts/presigned-upload-url", { run_id: id, path: "x" })).json.message).toBe(
      "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). " +
        "This endpoint requires a direct cloud storage artifact URI.",
    );
  });

  it("need one owner, a file and a lifetime that Azure takes", async () => {
    const { id } = await aRun(location());
    expect((await post("artifacts/presigned-upload-url", { path: "x" })).json.message).toMatch(/^Exactly one of/);
    expect((await post("artifacts/presigned-upload-url", { path: "x", run_id: id, model_id: "m" })).status).toBe(400);
    for (const route of ["artifacts/presigned-upload-url", "artifacts/presigned-download-url"]) {
      for (const expiration of [0, -1, 604_801])
        expect((await post(route, { run_id: id, path: "x", expiration })).json.message).toBe(
          `expiration must be between 1 and 604800 seconds (got ${expiration}).`,
        );
      for (const path of ["../x", "%2e%2e/x", "a/", "a//b"])
        expect((await post(route, { run_id: id, path })).json.message).toBe("Invalid path");
    }
  });
});
