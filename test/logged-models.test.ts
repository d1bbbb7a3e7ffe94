import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, anExperiment, aRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination } from "./support/artifacts.ts";

let app: App;
beforeAll(async () => {
  app = await startApp(aDestination());
});
afterAll(() => app.close());

const base = "/api/2.0/mlflow/logged-models";
const json = { "content-type": "application/json" };
const post = (path: string, body: unknown) => app.post(base + path, body);
const patch = (path: string, body: unknown) =>
  app.request("PATCH", base + path, { body: JSON.stringify(body), headers: json });
const remove = (path: string) => app.request("DELETE", base + path);
const get = (id: string, query: Record<string, string> = {}) => app.get(`${base}/${id}`, query);
const theModel = async (id: string) => (await get(id, { allow_deleted: "true" })).body.model;
const logMetric = (run_id: string, fields: object) =>
  app.post("/api/2.0/mlflow/runs/log-metric", { run_id, timestamp: 1, step: 0, ...fields });
const logBatch = (run_id: string, metrics: object[]) => app.post("/api/2.0/mlflow/runs/log-batch", { run_id, metrics });
const unknown = "m-0123456789abcdef0123456789abcdef";
const notFound = `Logged model with ID '${unknown}' not found.`;

describe("POST logged-models", () => {
  it("works", async () => {
    const experiment_id = await anExperiment(app);
    const params = [
      { key: "depth", value: "3" },
      { key: "empty", value: "" },
    ];
    const tags = [{ key: "ключ", value: "🔑" }];
    const given = { experiment_id, name: "first", model_type: "Agent", source_run_id: "r", params, tags };
    const { status, body } = await post("", given);
    expect(status).toBe(200);
    const { model_id, creation_timestamp_ms } = body.model.info;
    expect(model_id).toMatch(/^m-[0-9a-f]{32}$/);
    expect(body.model).toEqual({
      info: {
        model_id,
        experiment_id,
        name: "first",
        creation_timestamp_ms,
        last_updated_timestamp_ms: creation_timestamp_ms,
        artifact_uri: `mlflow-artifacts:/${experiment_id}/models/${model_id}/artifacts`,
        status: "LOGGED_MODEL_PENDING",
        model_type: "Agent",
        source_run_id: "r",
        tags,
      },
      data: { params: expect.arrayContaining(params) },
    });
    expect(Math.abs(creation_timestamp_ms - Date.now())).toBeLessThan(60_000);
    expect(await theModel(model_id)).toEqual({
      ...body.model,
      data: { params: expect.arrayContaining(params) },
    });
  });

  it("names a model that has no name, and takes a name again", async () => {
    const experiment_id = await anExperiment(app);
    for (const name of [undefined, ""]) {
      const { info, data } = (await post("", { experiment_id, name })).body.model;
      expect(info.name).toMatch(/^[a-z]+-[a-z]+-\d{1,3}$/);
      expect([info.model_type, info.source_run_id, info.tags, data]).toEqual(["", "", undefined, {}]);
    }
    const ids = await times(2, () => aLoggedModel(app, { experiment_id, name: "twice" }));
    expect(new Set(ids).size).toBe(2);
  });

  it("refuses bad names, repeated keys, and experiments that are unknown or deleted", async () => {
    const experiment_id = await anExperiment(app);
    const refused = await post("", { experiment_id, name: "a'b" });
    expect(refused.body.message).toBe(
      `Invalid model name ("a'b") provided. Model name must be a non-empty string and cannot contain the following ` +
        `characters: ('/', ':', '.', '%', '"', "'")`,
    );
    for (const character of ["/", ":", ".", "%", '"'])
      expect((await post("", { experiment_id, name: `a${character}b` })).status).toBe(400);
    const twice = [
      { key: "a", value: "1" },
      { key: "a", value: "1" },
    ];
    for (const fields of [{ params: twice }, { tags: twice }, { name: "n".repeat(501) }])
      expect((await post("", { experiment_id, ...fields })).body.error_code).toBe("BAD_REQUEST");
    expect((await post("", {})).body.message).toContain("Missing value for required parameter 'experiment_id'");
    expect((await post("", { experiment_id: "99999" })).body.message).toBe("No Experiment with id=99999 exists");
    await app.post("/api/2.0/mlflow/experiments/delete", { experiment_id });
    expect((await post("", { experiment_id })).body.message).toBe(
      `The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`,
    );
    expect((await post("/search", { experiment_ids: [experiment_id] })).body).toEqual({});
  });
});

describe("GET and DELETE logged-models/<id>", () => {
  it("hides a deleted model unless it is asked for", async () => {
    const id = await aLoggedModel(app);
    expect((await remove(`/${id}`)).body).toEqual({});
    expect((await remove(`/${id}`)).status).toBe(200);
    const hidden = await get(id);
    expect([hidden.status, hidden.body.message]).toEqual([404, `Logged model with ID '${id}' not found.`]);
    expect((await get(id, { allow_deleted: "false" })).status).toBe(404);
    expect((await get(id, { allow_deleted: "TRUE" })).body.model.info.model_id).toBe(id);
  });

  it("refuse an unknown one", async () => {
    for (const { status, body } of [await get(unknown), await remove(`/${unknown}`)])
      expect([status, body.error_code, body.message]).toEqual([404, "RESOURCE_DOES_NOT_EXIST", notFound]);
    expect((await get("a%20b")).body.message).toBe("Logged model with ID 'a b' not found.");
  });
});

describe("PATCH logged-models/<id>", () => {
  it.each([
    ["LOGGED_MODEL_READY", "LOGGED_MODEL_READY"],
    [3, "LOGGED_MODEL_UPLOAD_FAILED"],
    ["1", "LOGGED_MODEL_PENDING"],
    [0, "LOGGED_MODEL_STATUS_UNSPECIFIED"],
  ])("sets the status %s", async (status, name) => {
    const id = await aLoggedModel(app, { tags: [{ key: "a", value: "b" }] });
    const before = (await theModel(id)).info;
    const { model } = (await patch(`/${id}`, { model_id: id, status })).body;
    expect(model.info.status).toBe(name);
    expect(model.info.tags).toEqual([{ key: "a", value: "b" }]);
    expect(model.info.last_updated_timestamp_ms).toBeGreaterThanOrEqual(before.last_updated_timestamp_ms);
    expect(await theModel(id)).toEqual(model);
  });

  it("refuses what is missing or no status, and an unknown model", async () => {
    const id = await aLoggedModel(app);
    const message = async (path: string, body: object) => (await patch(`/${path}`, body)).body.message;
    expect(await message(id, { status: 2 })).toContain("Missing value for required parameter 'model_id'");
    expect(await message(id, { model_id: id })).toContain("Missing value for required parameter 'status'");
    expect(await message(id, { model_id: id, status: "READY" })).toContain(
      "Invalid value \"READY\" for parameter 'status'",
    );
    expect(await message(unknown, { model_id: unknown, status: 2 })).toBe(notFound);
    expect((await theModel(id)).info.status).toBe("LOGGED_MODEL_PENDING");
  });
});

describe("PATCH logged-models/<id>/tags and DELETE logged-models/<id>/tags/<key>", () => {
  const tagsOf = async (id: string) => (await theModel(id)).info.tags;

  it("set, replace and delete tags", async () => {
    const id = await aLoggedModel(app);
    const set = (...tags: [string, string][]) =>
      patch(`/${id}/tags`, { tags: tags.map(([key, value]) => ({ key, value })) });
    expect((await set(["a", "1"], ["b c", ""])).body).toEqual({});
    await set(["a", "2"], ["a", "3"]);
    expect((await set()).status).toBe(200);
    expect(await tagsOf(id)).toHaveLength(2);
    expect(await tagsOf(id)).toContainEqual({ key: "a", value: "3" });
    expect((await remove(`/${id}/tags/b%20c`)).body).toEqual({});
    expect(await tagsOf(id)).toEqual([{ key: "a", value: "3" }]);
  });

  it("work on a deleted model, and refuse an unknown model or tag", async () => {
    const id = await aLoggedModel(app);
    await remove(`/${id}`);
    expect((await patch(`/${id}/tags`, { tags: [{ key: "a", value: "1" }] })).status).toBe(200);
    expect((await remove(`/${id}/tags/nope`)).body.message).toBe(
      `No tag with key 'nope' found for model with ID '${id}'.`,
    );
    expect((await patch(`/${unknown}/tags`, { tags: [] })).body.message).toBe(notFound);
    expect((await remove(`/${unknown}/tags/a`)).body.message).toBe(notFound);
    expect((await patch(`/${id}/tags`, { tags: [{ key: "k".repeat(256), value: "" }] })).status).toBe(400);
  });
});

describe("POST logged-models/<id>/params", () => {
  it("adds params, and refuses a key that is there and an unknown model", async () => {
    const id = await aLoggedModel(app, { params: [{ key: "a", value: "1" }] });
    const log = (model_id: string, ...keys: string[]) =>
      post(`/${model_id}/params`, { model_id, params: keys.map((key) => ({ key, value: "x" })) });
    expect((await log(id, "b")).body).toEqual({});
    expect((await log(id, "c", "a")).body.error_code).toBe("BAD_REQUEST");
    expect((await theModel(id)).data.params).toHaveLength(2);
    expect((await log(unknown, "a")).body.message).toBe(notFound);
    expect((await post(`/${id}/params`, { params: [] })).body.message).toContain("'model_id'");
  });
});

describe("metrics of a logged model", () => {
  it("are written with the run's, each point once", async () => {
    const [run_id, model_id] = [await aRun(app), await aLoggedModel(app)];
    const metrics = [
      { key: "acc", value: 0.5, timestamp: 1, step: 0, model_id },
      { key: "acc", value: 0.5, timestamp: 1, step: 0, model_id },
      { key: "acc", value: "Infinity", timestamp: 2, step: "9223372036854775807", model_id },
      { key: "acc", value: 0.7, timestamp: 3, step: 1, model_id, dataset_name: "d", dataset_digest: "x" },
      { key: "other", value: 1, timestamp: 1, step: 0 },
    ];
    for (const _ of [1, 2]) expect((await logBatch(run_id, metrics)).status).toBe(200);
    const stored = (await theModel(model_id)).data.metrics;
    expect(app.lastText()).toContain('"step":9223372036854775807');
    expect(stored).toHaveLength(3);
    expect(stored).toContainEqual({ key: "acc", value: 0.5, timestamp: 1, step: 0, model_id, run_id });
    expect(stored).toContainEqual({
      ...{ key: "acc", value: 0.7, timestamp: 3, step: 1, model_id, run_id },
      ...{ dataset_name: "d", dataset_digest: "x" },
    });
    const history = await app.get("/api/2.0/mlflow/metrics/get-history", { run_id, metric_key: "acc" });
    expect(history.body.metrics).toHaveLength(3);
  });

  it("keep no flag for NaN, as in stock", async () => {
    const [run_id, model_id] = [await aRun(app), await aLoggedModel(app)];
    for (const _ of [1, 2]) expect((await logMetric(run_id, { key: "n", value: "NaN", model_id })).status).toBe(200);
    expect((await theModel(model_id)).data.metrics).toEqual([
      { key: "n", value: 0, timestamp: 1, step: 0, model_id, run_id },
    ]);
  });

  it("are refused for an unknown model, a changed value and half a dataset, and nothing is logged", async () => {
    const [run_id, model_id] = [await aRun(app), await aLoggedModel(app)];
    await logMetric(run_id, { key: "a", value: 1, model_id });
    const changed = [
      { key: "a", value: 2, model_id },
      { key: "a", value: 1, model_id, dataset_name: "d", dataset_digest: "x" },
      { key: "b", value: 1, model_id: unknown },
    ];
    for (const fields of changed) {
      const { status, body } = await logMetric(run_id, fields);
      expect([status, body.error_code]).toEqual([400, "BAD_REQUEST"]);
    }
    const twice = [1, 2].map((value) => ({ key: "c", value, timestamp: 1, step: 0, model_id }));
    expect((await logBatch(run_id, twice)).body.error_code).toBe("BAD_REQUEST");
    expect((await logMetric(run_id, { key: "d", value: 1, dataset_name: "d" })).body.message).toBe(
      "Both dataset_name and dataset_digest must be provided if one is provided",
    );
    const { rows } = await app.db.query("SELECT key, value FROM metrics WHERE run_uuid = $1", [run_id]);
    expect(rows).toEqual([{ key: "a", value: 1 }]);
  });

  it("are written by parallel requests", async () => {
    const [run_id, model_id] = [await aRun(app), await aLoggedModel(app)];
    const metrics = Array.from({ length: 20 }, (_, step) => ({ key: "k", value: step, timestamp: 1, step, model_id }));
    const answers = await times(32, (index) => logBatch(run_id, index % 2 ? metrics : [...metrics].reverse()));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect((await theModel(model_id)).data.metrics).toHaveLength(20);
  });
});

describe("GET logged-models/<id>/artifacts/directories", () => {
  it("lists a model's files by their paths below its root", async () => {
    const id = await aLoggedModel(app);
    const { artifact_uri } = (await theModel(id)).info;
    const list = async (query: Record<string, string> = {}) =>
      (await app.get(`${base}/${id}/artifacts/directories`, query)).body;
    expect(await list()).toEqual({ root_uri: artifact_uri });
    const proxy = new ArtifactsClient(app.url);
    await proxy.put(`${artifact_uri.replace("mlflow-artifacts:/", "")}/data/model.pkl`, "text");
    expect(await list()).toEqual({ root_uri: artifact_uri, files: [{ path: "data", is_dir: true }] });
    expect(await list({ artifact_directory_path: "data" })).toEqual({
      root_uri: artifact_uri,
      files: [{ path: "data/model.pkl", is_dir: false, file_size: 4 }],
    });
    expect((await list({ artifact_directory_path: "../.." })).message).toBe("Invalid path");
  });

  it("refuses an unknown and a deleted model", async () => {
    const id = await aLoggedModel(app);
    await remove(`/${id}`);
    for (const each of [id, unknown]) expect((await app.get(`${base}/${each}/artifacts/directories`)).status).toBe(404);
  });
});
