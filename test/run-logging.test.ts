import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, theRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/runs/${route}`, body);
const byKey = (items: { key: string; value?: unknown }[] = []) =>
  Object.fromEntries(items.map(({ key, ...rest }) => [key, rest]));
const hint = " See the API docs for more information about request parameters.";
const metric = (key: string, value: unknown, step: unknown = 0) => ({ key, value, timestamp: 1, step });

describe("POST runs/log-metric", () => {
  it("keeps the highest step as the latest, NaN, infinities and 64-bit steps", async () => {
    const run_id = await aRun(app);
    const log = (fields: object) => post("log-metric", { run_id, timestamp: 1, ...fields });
    await log({ key: "loss", value: 0.5, step: 2 });
    await log({ key: "loss", value: 0.9, step: 1 });
    await log({ key: "nan", value: "NaN" });
    await log({ key: "up", value: "Infinity", step: "9223372036854775807" });
    await log({ key: "down", value: "-Infinity", step: "-9223372036854775808" });
    const metrics = byKey((await theRun(app, run_id)).data.metrics);
    expect(metrics.loss).toEqual({ value: 0.5, timestamp: 1, step: 2 });
    expect(metrics.nan).toMatchObject({ value: "NaN" });
    expect(metrics.up).toMatchObject({ value: Number.MAX_VALUE });
    expect(metrics.down).toMatchObject({ value: -Number.MAX_VALUE });
    expect(app.lastText()).toContain('"step":9223372036854775807');
    expect(app.lastText()).toContain('"step":-9223372036854775808');
  });

  it("takes bare NaN and Infinity, as Python writes them", async () => {
    const run_id = await aRun(app);
    const body = `{"run_id": "${run_id}", "key": "NaN", "value": NaN, "timestamp": 3, "step": 9007199254740993}`;
    const { status } = await app.request("POST", "/api/2.0/mlflow/runs/log-metric", {
      body,
      headers: { "content-type": "application/json" },
    });
    expect(status).toBe(200);
    expect((await theRun(app, run_id)).data.metrics).toMatchObject([{ key: "NaN", value: "NaN", timestamp: 3 }]);
    expect(app.lastText()).toContain('"step":9007199254740993');
  });

  it("takes a repeated point once", async () => {
    const run_id = await aRun(app);
    for (let again = 0; again < 3; again++) await post("log-metric", { run_id, ...metric("m", 1) });
    const { body } = await app.get("/api/2.0/mlflow/metrics/get-history", { run_id, metric_key: "m" });
    expect(body.metrics).toHaveLength(1);
  });

  it.each([
    [{ key: "m", timestamp: 1 }, `Missing value for required parameter 'value'.${hint}`],
    [{ key: "m", value: 1 }, `Missing value for required parameter 'timestamp'.${hint}`],
    [
      { key: "m", value: "one", timestamp: 1 },
      `Invalid value "one" for parameter 'value' supplied:  Hint: Value was of type 'str'.${hint}`,
    ],
    [
      { key: "m", value: 1.5, timestamp: -4 },
      "Invalid value -4 for parameter 'timestamp' supplied: metric 'm' (value=1.5). Timestamp must be a nonnegative long (64-bit integer) ",
    ],
    [
      { key: "../m", value: 1, timestamp: 1 },
      /^Invalid value "..\/m" for parameter 'name' supplied: Names may be treated as files/,
    ],
    [
      { key: "m!", value: 1, timestamp: 1 },
      /^Invalid value "m!" for parameter 'name' supplied: Names may only contain alphanumerics/,
    ],
    [{ key: "m".repeat(251), value: 1, timestamp: 1 }, "'Metric name' exceeds the maximum length of 250 characters"],
  ])("refuses %j", async (fields, message) => {
    const run_id = await aRun(app);
    const answer = await post("log-metric", { run_id, ...fields });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    expect((await theRun(app, run_id)).data.metrics).toBeUndefined();
  });
});

describe("POST runs/log-parameter", () => {
  it("takes the same value again and refuses another", async () => {
    const run_id = await aRun(app);
    expect((await post("log-parameter", { run_id, key: "p", value: "1" })).status).toBe(200);
    expect((await post("log-parameter", { run_id, key: "p", value: "1" })).status).toBe(200);
    const { status, body } = await post("log-parameter", { run_id, key: "p", value: "2" });
    expect(status).toBe(400);
    expect(body.message).toBe(
      `Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='${run_id}'. Attempted logging new value '2'.`,
    );
  });

  it("cuts a value at 6,000 characters, whatever they are", async () => {
    const run_id = await aRun(app);
    await post("log-parameter", { run_id, key: "long", value: "😀".repeat(6001) });
    expect((await theRun(app, run_id)).data.params[0].value).toBe("😀".repeat(6000));
  });
});

describe("POST runs/set-tag and delete-tag", () => {
  it("set, overwrite, delete; the name tag renames", async () => {
    const run_id = await aRun(app);
    await post("set-tag", { run_id, key: "k", value: "1" });
    await post("set-tag", { run_id, key: "k", value: "x".repeat(8001) });
    await post("set-tag", { run_id, key: "mlflow.runName", value: "renamed" });
    const run = await theRun(app, run_id);
    expect(byKey(run.data.tags).k).toEqual({ value: "x".repeat(8000) });
    expect(run.info.run_name).toBe("renamed");
    expect((await post("delete-tag", { run_id, key: "k" })).status).toBe(200);
    const again = await post("delete-tag", { run_id, key: "k" });
    expect(again.status).toBe(404);
    expect(again.body.message).toBe(`No tag with name: k in run with id ${run_id}`);
  });
});

describe("POST runs/log-model", () => {
  it("keeps the history of a run's models", async () => {
    const run_id = await aRun(app);
    const model = {
      artifact_path: "m",
      flavors: { sklearn: { version: 1, config: "secret" } },
      utc_time_created: "now",
      run_id,
    };
    for (let again = 0; again < 2; again++)
      expect((await post("log-model", { run_id, model_json: JSON.stringify(model) })).status).toBe(200);
    const history = JSON.parse(
      byKey((await theRun(app, run_id)).data.tags)["mlflow.log-model.history"]!.value as string,
    );
    expect(history).toHaveLength(2);
    expect(history[0].flavors).toEqual({ sklearn: { version: 1 } });
  });

  it("refuses what is no model", async () => {
    const run_id = await aRun(app);
    expect((await post("log-model", { run_id, model_json: "{" })).body.message).toBe(
      "Malformed model info. \n { \n is not a valid JSON.",
    );
    expect((await post("log-model", { run_id, model_json: "{}" })).body.message).toContain(
      "Model json is missing mandatory fields",
    );
  });
});
