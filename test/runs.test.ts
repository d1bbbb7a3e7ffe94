import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, theRun, times, unique } from "./factories.ts";
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

describe("POST runs/create", () => {
  it("works", async () => {
    const experiment_id = await anExperiment(app);
    const { status, body } = await post("create", {
      experiment_id,
      start_time: 5,
      user_id: "me",
      run_name: "first",
      tags: [{ key: "a", value: "b" }],
    });
    expect(status).toBe(200);
    const { run_id } = body.run.info;
    expect(run_id).toMatch(/^[0-9a-f]{32}$/);
    expect(body.run).toEqual({
      info: {
        run_id,
        run_uuid: run_id,
        experiment_id,
        run_name: "first",
        user_id: "me",
        status: "RUNNING",
        start_time: 5,
        artifact_uri: `mlflow-artifacts:/${experiment_id}/${run_id}/artifacts`,
        lifecycle_stage: "active",
      },
      data: {
        tags: expect.arrayContaining([
          { key: "a", value: "b" },
          { key: "mlflow.runName", value: "first" },
        ]),
      },
      inputs: {},
    });
    expect(await theRun(app, run_id)).toEqual({ ...body.run, outputs: {} });
  });

  it("names a run that has no name", async () => {
    const experiment_id = await anExperiment(app);
    const { info, data } = (await post("create", { experiment_id })).body.run;
    expect(info.run_name).toMatch(/^[a-z]+-[a-z]+-\d{1,3}$/);
    expect(data.tags).toEqual([{ key: "mlflow.runName", value: info.run_name }]);
  });

  it("appends to an artifact location that has a query", async () => {
    const experiment_id = await anExperiment(app, { artifact_location: "mlflow-artifacts:/odd/place/?a=b" });
    const { info } = (await post("create", { experiment_id })).body.run;
    expect(info.artifact_uri).toBe(`mlflow-artifacts:/odd/place/${info.run_id}/artifacts?a=b`);
  });

  it("refuses two names, an unknown, a malformed and a deleted experiment", async () => {
    const experiment_id = await anExperiment(app);
    const two = await post("create", { experiment_id, run_name: "a", tags: [{ key: "mlflow.runName", value: "b" }] });
    expect(two.body.message).toBe(
      "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', mlflow.runName='b').",
    );
    expect((await post("create", { experiment_id: "99999" })).status).toBe(404);
    expect((await post("create", { experiment_id: "abc" })).status).toBe(400);
    await app.post("/api/2.0/mlflow/experiments/delete", { experiment_id });
    const deleted = await post("create", { experiment_id });
    expect(deleted.status).toBe(400);
    expect(deleted.body.message).toBe(
      `The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`,
    );
  });
});

describe("POST runs/update", () => {
  it("ends and renames a run", async () => {
    const run_id = await aRun(app);
    const { body } = await post("update", {
      run_id,
      status: "FINISHED",
      end_time: "9007199254740993",
      run_name: "done",
    });
    expect(body.run_info).toMatchObject({ status: "FINISHED", run_name: "done" });
    expect(app.lastText()).toContain('"end_time":9007199254740993');
    expect(byKey((await theRun(app, run_id)).data.tags)["mlflow.runName"]).toEqual({ value: "done" });
  });

  it("refuses a bad status and a deleted run, and changes nothing", async () => {
    const run_id = await aRun(app);
    const bad = await post("update", { run_id, status: "ZORK", end_time: 5 });
    expect(bad.status).toBe(400);
    expect(bad.body.message).toContain("Invalid value \"ZORK\" for parameter 'status'");
    expect((await theRun(app, run_id)).info.end_time).toBeUndefined();
    await post("delete", { run_id });
    const deleted = await post("update", { run_id, status: "FINISHED" });
    expect(deleted.body.message).toBe(`The run ${run_id} must be in the 'active' state. Current state is deleted.`);
  });
});

describe("POST runs/delete and restore", () => {
  it("work, and refuse an unknown run", async () => {
    const run_id = await aRun(app);
    await post("delete", { run_id });
    expect((await theRun(app, run_id)).info.lifecycle_stage).toBe("deleted");
    await post("restore", { run_id });
    expect((await theRun(app, run_id)).info.lifecycle_stage).toBe("active");
    for (const route of ["delete", "restore"])
      expect((await post(route, { run_id: "nobody" })).body.message).toBe("Run with id=nobody not found");
  });
});

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

describe("POST runs/log-batch", () => {
  it("logs 1,000 entities in one request", async () => {
    const run_id = await aRun(app);
    const metrics = Array.from({ length: 800 }, (_, step) => metric(`m${step % 8}`, step, step));
    const params = Array.from({ length: 100 }, (_, index) => ({ key: `p${index}`, value: `${index}` }));
    const tags = Array.from({ length: 100 }, (_, index) => ({ key: `t${index}`, value: `${index}` }));
    expect((await post("log-batch", { run_id, metrics, params, tags })).body).toEqual({});
    const { data } = await theRun(app, run_id);
    expect(data.metrics).toHaveLength(8);
    expect(byKey(data.metrics).m7).toMatchObject({ value: 799, step: 799 });
    expect(data.params).toHaveLength(100);
    expect(data.tags).toHaveLength(101);
  });

  it("is all or nothing", async () => {
    const run_id = await aRun(app);
    await post("log-batch", { run_id, params: [{ key: "p", value: "old" }] });
    const { status, body } = await post("log-batch", {
      run_id,
      metrics: [metric("m", 1)],
      params: [
        { key: "a", value: "1" },
        { key: "p", value: "new" },
      ],
      tags: [{ key: "t", value: "1" }],
    });
    expect(status).toBe(400);
    expect(body.message).toBe(
      `Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': 'old', 'new_value': 'new'}]' for run ID='${run_id}'.`,
    );
    const { data } = await theRun(app, run_id);
    expect(data.metrics).toBeUndefined();
    expect(data.params).toEqual([{ key: "p", value: "old" }]);
    expect(data.tags).toHaveLength(1);
  });

  it.each([
    [
      "1,001 metrics",
      { metrics: Array.from({ length: 1001 }, (_, step) => metric("m", 1, step)) },
      "A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests and try again.",
    ],
    [
      "101 params",
      { params: Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: "" })) },
      "A batch logging request can contain at most 100 params. Got 101 params. Please split up params across multiple requests and try again.",
    ],
    [
      "101 tags",
      { tags: Array.from({ length: 101 }, (_, i) => ({ key: `t${i}`, value: "" })) },
      "A batch logging request can contain at most 100 tags. Got 101 tags. Please split up tags across multiple requests and try again.",
    ],
    [
      "a param twice",
      {
        params: [
          { key: "p", value: "1" },
          { key: "p", value: "1" },
        ],
      },
      "Duplicate parameter keys have been submitted: ['p']. Please ensure the request contains only one param value per param key.",
    ],
    [
      "a param without key",
      { params: [{ value: "1" }] },
      `Missing value for required parameter 'params[0].key'.${hint}`,
    ],
    [
      "a metric without value",
      { metrics: [{ key: "m", timestamp: 1 }] },
      `Missing value for required parameter 'metrics[0].value'.${hint}`,
    ],
    [
      "a NUL",
      { tags: [{ key: "t", value: "a\u0000b" }] },
      "A text holds a character that can't be stored, such as NUL.",
    ],
  ])("refuses %s", async (_, batch, message) => {
    const run_id = await aRun(app);
    const answer = await post("log-batch", { run_id, ...batch });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe(message);
    expect(Object.keys((await theRun(app, run_id)).data)).toEqual(["tags"]);
  });

  it("refuses an unknown and a deleted run", async () => {
    const unknown = await post("log-batch", { run_id: "nobody", tags: [{ key: "a", value: "b" }] });
    expect(unknown.status).toBe(404);
    const run_id = await aRun(app);
    await post("delete", { run_id });
    const deleted = await post("log-batch", { run_id, tags: [{ key: "a", value: "b" }] });
    expect(deleted.status).toBe(400);
  });

  it("never deadlocks into an error when 64 batches overlap", async () => {
    const run_id = await aRun(app);
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    const answers = await times(64, (index) => {
      const order = index % 2 ? keys : [...keys].reverse();
      return post("log-batch", {
        run_id,
        metrics: order.map((key) => metric(key, index, index)),
        params: order.map((key) => ({ key, value: "same" })),
        tags: order.map((key) => ({ key, value: `${index}` })),
      });
    });
    expect(answers.map(({ status }) => status)).toEqual(Array(64).fill(200));
    const { data } = await theRun(app, run_id);
    expect(byKey(data.metrics).k3).toMatchObject({ value: 63, step: 63 });
    const { rows } = await app.db.query("SELECT count(*)::int AS points FROM metrics WHERE run_uuid = $1", [run_id]);
    expect(rows).toEqual([{ points: 64 * 20 }]);
  });

  it("lets one of many concurrent values of a param win", async () => {
    const run_id = await aRun(app);
    const answers = await times(16, (index) =>
      post("log-batch", { run_id, params: [{ key: "p", value: `${index}` }] }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(15);
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

describe("POST runs/search", () => {
  it("filters, orders and pages", async () => {
    const experiment_id = await anExperiment(app);
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const run_id = await aRun(app, { experiment_id, start_time: index });
      await post("log-batch", {
        run_id,
        metrics: [metric("m", index === 2 ? "NaN" : index)],
        params: [{ key: "odd key", value: "a AND b" }],
        tags: [{ key: "parity", value: index % 2 ? "odd" : "even" }],
      });
      ids.push(run_id);
    }
    const search = async (fields: object) => {
      const { body } = await post("search", { experiment_ids: [experiment_id], ...fields });
      const found = (body.runs ?? []) as { info: { run_id: string } }[];
      return { found: found.map(({ info }) => ids.indexOf(info.run_id)), token: body.next_page_token };
    };
    expect((await search({})).found).toEqual([4, 3, 2, 1, 0]);
    expect((await search({ filter: "metrics.m >= 1 and params.`odd key` = 'a AND b'" })).found).toEqual([4, 3, 1]);
    expect((await search({ order_by: ["metrics.m ASC"] })).found).toEqual([0, 1, 3, 4, 2]);
    const first = await search({ max_results: 2 });
    expect(first.found).toEqual([4, 3]);
    expect((await search({ max_results: 4, page_token: first.token })).found).toEqual([2, 1, 0]);
    expect((await search({ max_results: 4, page_token: first.token })).token).toBeUndefined();
  });

  it("answers runs as runs/get does", async () => {
    const experiment_id = await anExperiment(app);
    const run_id = await aRun(app, { experiment_id });
    await post("log-batch", {
      run_id,
      metrics: [metric('q"m'.replace('"', "_"), 1.5)],
      params: [{ key: "p", value: 'a"\\b\n\u2028' }],
    });
    const { body } = await post("search", { experiment_ids: [experiment_id] });
    expect(body.runs).toEqual([await theRun(app, run_id)]);
    expect(body.runs[0].data.params).toEqual([{ key: "p", value: 'a"\\b\n\u2028' }]);
  });

  it.each([
    [{ max_results: 0 }, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
    [
      { max_results: 50_001 },
      `Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'.${hint}`,
    ],
    [{ experiment_ids: ["abc"] }, "Invalid experiment ID 'abc'. Experiment ID must be a valid integer."],
  ])("refuses %j", async (fields, message) => {
    const { status, body } = await post("search", { experiment_ids: [unique("0").slice(0, 1)], ...fields });
    expect(status).toBe(400);
    expect(body.message).toBe(message);
  });
});
