import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, aModel, anExperiment, aRun, aVersion, theRun } from "./factories.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, oddNames } from "./support/artifacts.ts";

const previewLimit = 1000;
const settings = aDestination();
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp({ ...settings, MLFLOW_FUNCTIONS_PREVIEW_LIMIT: String(previewLimit) });
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

const page = "/ajax-api/2.0/mlflow";
const azure = (scheme: string) =>
  `${settings.MLFLOW_ARTIFACTS_DESTINATION.replace("wasbs", scheme).replace(".blob.", scheme === "abfss" ? ".dfs." : ".blob.")}/own`;
const kinds = ["mlflow-artifacts", "wasbs", "abfss"] as const;
type Kind = (typeof kinds)[number];

/** A root's folder below the destination. */
const folderOf = (uri: string) => uri.replace(/^mlflow-artifacts:\//, "").replace(/^\w+:\/\/[^/]+\/some\/where\//, "");

const anExperimentOn = (kind: Kind) =>
  anExperiment(app, kind === "mlflow-artifacts" ? {} : { artifact_location: azure(kind) });

async function aRunOn(kind: Kind) {
  const id = await aRun(app, { experiment_id: await anExperimentOn(kind) });
  const { artifact_uri: uri } = (await theRun(app, id)).info;
  return { id, uri, folder: folderOf(uri) };
}

/** Bytes that came through the app, as the page shows or saves them. */
function expectFile(answer: Answer, name: string, type: string, text: string) {
  expect([answer.status, answer.text]).toEqual([200, text]);
  expect(answer.headers.get("content-type")).toBe(type);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename=${name}`);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("content-security-policy")).toBe("sandbox");
}

async function expectRedirect(answer: Answer, text: string) {
  expect([answer.status, answer.text, answer.headers.get("cache-control")]).toEqual([302, "", "no-store"]);
  const location = answer.headers.get("location")!;
  expect(new URL(location).searchParams.get("sp")).toBe("r");
  const read = await fetch(location);
  expect(await read.text()).toBe(text);
  return read;
}

const large = "x".repeat(previewLimit + 1);

describe("GET get-artifact", () => {
  it.each(kinds)("answers a run's file on a %s root", async (kind) => {
    const { id, uri, folder } = await aRunOn(kind);
    expect(uri).toMatch(new RegExp(`^${kind}:`));
    await client.put(`${folder}/d/notes.txt`, "text");
    for (const name of ["run_uuid", "run_id"])
      expectFile(
        await app.get("/get-artifact", { [name]: id, path: "d/notes.txt" }),
        "notes.txt",
        "text/plain",
        "text",
      );
  });

  it("answers the types MLflow guesses, always as an attachment", async () => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    const types = { "a.html": "text/html", "a.png": "image/png", MLmodel: "text/plain", a: "application/octet-stream" };
    for (const [name, type] of Object.entries(types)) {
      await client.put(`${folder}/${name}`, "");
      expectFile(await app.get("/get-artifact", { run_id: id, path: name }), name, type, "");
    }
  });

  it.each(oddNames)("finds %j", async (name) => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    await client.put(`${folder}/${name}`, name);
    expect((await app.get("/get-artifact", { run_id: id, path: name })).text).toBe(name);
  });

  it("passes small files on and redirects to larger ones", async () => {
    const { id, folder } = await aRunOn("wasbs");
    await client.put(`${folder}/small.csv`, large.slice(1));
    await client.put(`${folder}/large.csv`, large);
    expect((await app.get("/get-artifact", { run_id: id, path: "small.csv" })).text).toBe(large.slice(1));
    const read = await expectRedirect(await app.get("/get-artifact", { run_id: id, path: "large.csv" }), large);
    expect(read.headers.get("content-type")).toBe("text/plain");
    expect(read.headers.get("content-disposition")).toBe("attachment; filename=large.csv");
  });

  it("answers HEAD without the file", async () => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    await client.put(`${folder}/x.txt`, "text");
    const answer = await app.request("HEAD", `/get-artifact?run_id=${id}&path=x.txt`);
    expect([answer.status, answer.text, answer.headers.get("content-type")]).toEqual([200, "", "text/plain"]);
  });

  it("says what is missing, as MLflow names it", async () => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    await client.put(`${folder}/d/x`, "1");
    const answers = {
      nope: { status: 404, body: { message: `No such artifact: '${folder}/nope'` } },
      d: { status: 400, body: { message: `Artifact path refers to a directory, not a file: '${folder}/d'` } },
      "": { status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } },
      "../x": { status: 400, body: { message: "Invalid path" } },
      "%252e%252e/x": { status: 400, body: { message: "Invalid path" } },
    };
    for (const [path, expected] of Object.entries(answers))
      expect(await app.get("/get-artifact", { run_id: id, path })).toMatchObject(expected);
    expect(await app.get("/get-artifact", { run_id: "nope", path: "x" })).toMatchObject({
      status: 404,
      body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Run with id=nope not found" },
    });
    expect((await app.get("/get-artifact", { path: "x" })).body.message).toBe("Run with id=None not found");
    expect((await app.get("/get-artifact", { run_id: id })).status).toBe(400);
    expect((await app.request("POST", "/get-artifact")).status).toBe(405);
  });

  it("names a root of another kind, and what to set", async () => {
    const id = await aRun(app, { experiment_id: await anExperiment(app, { artifact_location: "s3://bucket/x" }) });
    const { status, body } = await app.get("/get-artifact", { run_id: id, path: "x" });
    expect([status, body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(body.message).toMatch(/'s3:\/\/bucket\/x\/.*MLFLOW_ARTIFACTS_DESTINATION/);
  });
});

describe("GET model-versions/get-artifact", () => {
  const get = (query: Record<string, string>) => app.get("/model-versions/get-artifact", query);

  it.each(kinds)("answers a version's file from a run on a %s root", async (kind) => {
    const { id, uri, folder } = await aRunOn(kind);
    await client.put(`${folder}/model/MLmodel`, "flavors");
    const name = await aModel(app);
    const sources = [`runs:/${id}/model`, ...(kind === "abfss" ? [] : [`${uri}/model`])];
    for (const source of sources) {
      const version = await aVersion(app, name, { source, run_id: id });
      expectFile(await get({ name, version, path: "MLmodel" }), "MLmodel", "text/plain", "flavors");
      const { status, body } = await get({ name, version, path: "MLmodel", presigned: "true" });
      expect([status, body]).toEqual([200, { url: expect.any(String), headers: {}, file_size: 7 }]);
      expect(await (await fetch(body.url)).text()).toBe("flavors");
    }
  });

  it("reads a source as MLflow's clients do, without what follows a question mark", async () => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    await client.put(`${folder}/model/MLmodel`, "flavors");
    const name = await aModel(app);
    const version = await aVersion(app, name, { source: `runs:/${id}/model?x=1`, run_id: id });
    expect((await get({ name, version, path: "MLmodel" })).text).toBe("flavors");
  });

  it("follows a version made of a logged model", async () => {
    const model_id = await aLoggedModel(app);
    const { body } = await app.get(`/api/2.0/mlflow/logged-models/${model_id}`);
    await client.put(`${folderOf(body.model.info.artifact_uri)}/MLmodel`, "flavors");
    const name = await aModel(app);
    const version = await aVersion(app, name, { source: `models:/${model_id}`, model_id });
    expect((await get({ name, version, path: "MLmodel" })).text).toBe("flavors");
  });

  it("says what is wrong, as MLflow does", async () => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    await client.put(`${folder}/model/x`, "1");
    const name = await aModel(app);
    const version = await aVersion(app, name, { source: `runs:/${id}/model`, run_id: id });
    const message = async (query: Record<string, string>) => {
      const { status, body } = await get({ name, version, path: "x", ...query });
      return [status, body.message];
    };
    expect(await message({ version: "9" })).toEqual([404, `Model Version (name=${name}, version=9) not found`]);
    expect(await message({ version: "abc" })).toEqual([400, "Parameter 'version' must be an integer, got 'abc'."]);
    expect(await message({ name: "" })).toEqual([400, "Missing value for required parameter 'name'."]);
    expect(await message({ path: "../x" })).toEqual([400, "Invalid path"]);
    for (const presigned of ["true", "false"])
      expect(await message({ path: "y", presigned })).toEqual([404, `No such artifact: '${folder}/model/y'`]);
  });
});

describe("GET logged-models/<id>/artifacts", () => {
  it.each(kinds)("lists and answers a model's files on a %s root", async (kind) => {
    const id = await aLoggedModel(app, { experiment_id: await anExperimentOn(kind) });
    const { artifact_uri: uri } = (await app.get(`/api/2.0/mlflow/logged-models/${id}`)).body.model.info;
    await client.put(`${folderOf(uri)}/data/x.json`, "{}");
    for (const prefix of ["/api", "/ajax-api"]) {
      const directories = `${prefix}/2.0/mlflow/logged-models/${id}/artifacts/directories`;
      const listed = { root_uri: uri, files: [{ path: "data", is_dir: true }] };
      expect((await app.get(directories)).body).toEqual(listed);
      expect((await app.get(directories, { artifact_directory_path: "data" })).body.files).toEqual([
        { path: "data/x.json", is_dir: false, file_size: 2 },
      ]);
    }
    const files = `${page}/logged-models/${id}/artifacts/files`;
    const query = { artifact_file_path: "data/x.json" };
    expectFile(await app.get(files, query), "x.json", "text/plain", "{}");
    const { body } = await app.get(files, { ...query, presigned: "true" });
    expect(body).toEqual({ url: expect.any(String), headers: {}, file_size: 2 });
    expect(await (await fetch(body.url)).text()).toBe("{}");
    expect((await app.get(files.replace("/ajax-api", "/api"), query)).status).toBe(404);
  });

  it("says what is wrong, as MLflow does", async () => {
    const id = await aLoggedModel(app);
    const get = (model: string, path: string) =>
      app.get(`${page}/logged-models/${model}/artifacts/files`, { artifact_file_path: path });
    expect(await get(id, "")).toMatchObject({
      status: 400,
      body: {
        error_code: "BAD_REQUEST",
        message: 'Request must include the "artifact_file_path" query parameter.',
      },
    });
    expect(await get(id, "../x")).toMatchObject({ status: 400, body: { message: "Invalid path" } });
    expect(await get("m-nope", "x")).toMatchObject({
      status: 404,
      body: { message: "Logged model with ID 'm-nope' not found." },
    });
    expect((await get(id, "nope")).status).toBe(404);
  });
});

describe("GET mlflow-artifacts/artifacts/<path>", () => {
  it("gives the page small files as bytes, and sends clients to storage", async () => {
    await client.put("prefixes/small.txt", "text");
    await client.put("prefixes/large.txt", large);
    const path = "/2.0/mlflow-artifacts/artifacts/prefixes";
    expectFile(await app.get(`/ajax-api${path}/small.txt`), "small.txt", "text/plain", "text");
    await expectRedirect(await app.get(`/ajax-api${path}/large.txt`), large);
    await expectRedirect(await app.get(`/api${path}/small.txt`), "text");
  });
});

describe("POST upload-artifact", () => {
  const upload = (query: Record<string, string>, body: string | Uint8Array = "from the page") =>
    app.request("POST", `${page}/upload-artifact?${new URLSearchParams(query)}`, { body });

  it.each(kinds)("writes a run's file on a %s root", async (kind) => {
    const { id, folder } = await aRunOn(kind);
    expect(await upload({ run_uuid: id, path: "ui/up.json" })).toMatchObject({ status: 200, text: "" });
    expect((await client.download(`${folder}/ui/up.json`)).toString()).toBe("from the page");
    expectFile(
      await app.get("/get-artifact", { run_id: id, path: "ui/up.json" }),
      "up.json",
      "text/plain",
      "from the page",
    );
  });

  it("refuses what MLflow refuses, and writes nothing", async () => {
    const { id, folder } = await aRunOn("mlflow-artifacts");
    const message = async (...input: Parameters<typeof upload>) => {
      const { status, body } = await upload(...input);
      return [status, body.message];
    };
    expect(await message({ path: "x" })).toEqual([400, "Request must specify run_id or run_uuid."]);
    expect(await message({ run_id: id })).toEqual([400, "Request must specify path."]);
    expect(await message({ run_id: id, path: "x" }, "")).toEqual([400, "Request must specify data."]);
    expect(await message({ run_id: "nope", path: "x" })).toEqual([404, "Run with id=nope not found"]);
    for (const path of ["../x", "x/", "%2e%2e/x", "/x"])
      expect(await message({ run_id: id, path })).toEqual([400, "Invalid path"]);
    const tooMuch = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect(await message({ run_id: id, path: "x" }, tooMuch)).toEqual([
      400,
      "Artifact size is too large. Max size is 10MB.",
    ]);
    expect(await client.list(folder)).toEqual({});
  });
});

describe("GET mlflow-artifacts/presigned, asked by a page that may not read blobs", () => {
  const presigned = (path: string) => app.get(`/ajax-api/2.0/mlflow-artifacts/presigned/${path}`);

  it("answers the app's own URL of a small file, relative to the page, and storage's of a larger one", async () => {
    const { folder } = await aRunOn("mlflow-artifacts");
    await client.put(`${folder}/a b.csv`, large.slice(1));
    await client.put(`${folder}/large.csv`, large);
    const small = await presigned(`${folder}/a%20b.csv`);
    expect(small.body).toEqual({
      url: `ajax-api/2.0/mlflow-artifacts/artifacts/${folder}/a%20b.csv`,
      headers: {},
      file_size: previewLimit,
    });
    expect((await app.request("GET", `/${small.body.url}`)).text).toBe(large.slice(1));
    const { url } = (await presigned(`${folder}/large.csv`)).body;
    expect(await (await fetch(url)).text()).toBe(large);
  });
});
