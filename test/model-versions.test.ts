import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aModel, aRun, aVersion, theRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const base = "/api/2.0/mlflow/model-versions";
const post = (route: string, body: unknown) => app.post(`${base}/${route}`, body);
const send = (method: string, route: string, body: unknown) =>
  app.request(method, `${base}/${route}`, {
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
const get = async (name: string, version: string) =>
  (await app.get(`${base}/get`, { name, version })).body.model_version;

describe("POST model-versions/create", () => {
  it("works, with a wasbs:// source and no run", async () => {
    const name = await aModel(app);
    const source = "wasbs://models@account.blob.core.windows.net/iris/1";
    const { status, body } = await post("create", {
      name,
      source,
      description: "first",
      tags: [{ key: "k", value: "v" }],
    });
    expect(status).toBe(200);
    expect(body.model_version).toEqual({
      name,
      version: "1",
      creation_timestamp: expect.any(Number),
      last_updated_timestamp: body.model_version.creation_timestamp,
      current_stage: "None",
      description: "first",
      source,
      run_id: "",
      run_link: "",
      status: "READY",
      tags: [{ key: "k", value: "v" }],
    });
    expect(await get(name, "1")).toEqual(body.model_version);
  });

  it("takes sources inside the run they name, and no others", async () => {
    const name = await aModel(app);
    const run_id = await aRun(app);
    const { artifact_uri } = (await theRun(app, run_id)).info;
    for (const source of [`${artifact_uri}/model`, `runs:/${run_id}/model`])
      expect((await post("create", { name, source, run_id })).status).toBe(200);
    const other = await aRun(app);
    for (const [source, id] of [
      [`${artifact_uri}/model`, undefined],
      [`${artifact_uri}/model`, other],
      [`${artifact_uri}x/model`, run_id],
      [`runs:/${run_id}/model`, other],
    ]) {
      const { status, body } = await post("create", { name, source, run_id: id });
      expect(status).toBe(400);
      expect(body.message).toBe(
        `Invalid model version source: '${source}'. The run_id request parameter must identify the resource that contains the source.`,
      );
    }
  });

  it.each([
    "/etc/passwd",
    "file:///etc",
    "s3://bucket/a/../b",
    "s3://bucket/a/%2e%2e/b",
    "s3://bucket/a/%252e%252e/b",
    "http://evil.example/model",
    "wasbs://models@account.blob.core.windows.net.evil.example/x",
  ])("refuses the source %s", async (source) => {
    const name = await aModel(app);
    const { status, body } = await post("create", { name, source });
    expect(status).toBe(400);
    expect(body.error_code).toBe("INVALID_PARAMETER_VALUE");
  });

  it("looks for the model of a models:/ source before its stage", async () => {
    const name = await aModel(app);
    const refused = async (source: string) => {
      const { status, body } = await post("create", { name, source });
      return [status, body.message];
    };
    expect(await refused("models:/m-0/MLmodel")).toEqual([404, "Registered Model with name=m-0 not found"]);
    expect(await refused(`models:/${name}/MLmodel`)).toEqual([
      400,
      "Invalid Model Version stage: MLmodel. Value must be one of None, Staging, Production, Archived.",
    ]);
    expect(await refused("models:/a:b/1")).toEqual([400, "Invalid model name 'a:b'. Names cannot contain '/' or ':'."]);
  });

  it("follows models:/ sources to where their files are", async () => {
    const name = await aModel(app);
    await aVersion(app, name, { source: "s3://bucket/original" });
    await app.post("/api/2.0/mlflow/registered-models/alias", { name, alias: "champion", version: "1" });
    const copy = await aModel(app);
    const { body } = await post("create", { name: copy, source: `models:/${name}@champion` });
    expect(body.model_version.source).toBe(`models:/${name}/1`);
    const uri = await app.get(`${base}/get-download-uri`, { name: copy, version: "1" });
    expect(uri.body).toEqual({ artifact_uri: "s3://bucket/original" });
  });

  it("numbers 64 concurrent versions one by one", async () => {
    const name = await aModel(app);
    const answers = await times(64, () => post("create", { name, source: "s3://bucket/m" }));
    expect(answers.map(({ status }) => status)).toEqual(Array(64).fill(200));
    const numbers = answers.map(({ body }) => Number(body.model_version.version)).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  });

  it("refuses an unknown model", async () => {
    const { status, body } = await post("create", { name: "nobody", source: "s3://bucket/m" });
    expect(status).toBe(404);
    expect(body.message).toBe("Registered Model with name=nobody not found");
  });
});

describe("POST model-versions/transition-stage", () => {
  it("takes any case and archives the others when told to", async () => {
    const name = await aModel(app);
    for (let count = 0; count < 2; count++) await aVersion(app, name);
    await post("transition-stage", { name, version: "1", stage: "production" });
    const { body } = await post("transition-stage", {
      name,
      version: "2",
      stage: "Production",
      archive_existing_versions: true,
    });
    expect(body.model_version.current_stage).toBe("Production");
    expect((await get(name, "1")).current_stage).toBe("Archived");
  });

  it("refuses an unknown stage, and to archive for one that is not active", async () => {
    const name = await aModel(app);
    await aVersion(app, name);
    expect((await post("transition-stage", { name, version: "1", stage: "Zork" })).body.message).toContain(
      "Invalid Model Version stage: Zork",
    );
    const archiving = { name, version: "1", stage: "Archived", archive_existing_versions: true };
    expect((await post("transition-stage", archiving)).body.message).toContain("is not an Active stage");
    expect((await post("transition-stage", { name, version: "9", stage: "None" })).status).toBe(404);
    expect((await post("transition-stage", { name, version: "x", stage: "None" })).body.message).toBe(
      "Parameter 'version' must be an integer, got 'x'.",
    );
  });
});

describe("PATCH model-versions/update and DELETE model-versions/delete", () => {
  it("describe a version", async () => {
    const name = await aModel(app);
    await aVersion(app, name);
    const { body } = await send("PATCH", "update", { name, version: "1", description: "better" });
    expect(body.model_version.description).toBe("better");
  });

  it("delete a version with its aliases, and never give its number again", async () => {
    const name = await aModel(app);
    await aVersion(app, name);
    await app.post("/api/2.0/mlflow/registered-models/alias", { name, alias: "a", version: "1" });
    expect((await send("DELETE", "delete", { name, version: "1" })).status).toBe(200);
    expect((await app.get(`${base}/get`, { name, version: "1" })).body.message).toBe(
      `Model Version (name=${name}, version=1) not found`,
    );
    const model = (await app.get("/api/2.0/mlflow/registered-models/get", { name })).body.registered_model;
    expect(model.aliases).toBeUndefined();
    expect(await aVersion(app, name)).toBe("2");
  });
});

describe("model version tags", () => {
  it("set, overwrite, delete", async () => {
    const name = await aModel(app);
    await aVersion(app, name);
    await post("set-tag", { name, version: "1", key: "k", value: "1" });
    await post("set-tag", { name, version: "1", key: "k", value: "2" });
    expect((await get(name, "1")).tags).toEqual([{ key: "k", value: "2" }]);
    await send("DELETE", "delete-tag", { name, version: "1", key: "k" });
    expect((await get(name, "1")).tags).toBeUndefined();
    expect((await post("set-tag", { name, version: "2", key: "k", value: "" })).status).toBe(404);
  });
});

describe("GET model-versions/search", () => {
  it("filters by name, run and tag, and pages", async () => {
    const name = await aModel(app);
    const run_id = await aRun(app);
    for (const index of [0, 1, 2])
      await aVersion(app, name, { source: `runs:/${run_id}/m`, run_id, tags: [{ key: "i", value: `${index}` }] });
    const search = async (query: Record<string, string | string[]>) => {
      const { body } = await app.get(`${base}/search`, query);
      const found = (body.model_versions ?? []) as { version: string }[];
      return { found: found.map(({ version }) => version), token: body.next_page_token };
    };
    const filter = `name = '${name}'`;
    expect((await search({ filter: `${filter} AND tags.i = '1'` })).found).toEqual(["2"]);
    expect((await search({ filter: `run_id = '${run_id}'`, order_by: ["version_number ASC"] })).found).toEqual([
      "1",
      "2",
      "3",
    ]);
    const first = await search({ filter, order_by: ["version_number DESC"], max_results: "2" });
    expect(first.found).toEqual(["3", "2"]);
    const second = await search({
      filter,
      order_by: ["version_number DESC"],
      max_results: "2",
      page_token: first.token,
    });
    expect(second).toEqual({ found: ["1"], token: undefined });
  });
});
