import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, theRun, times } from "./factories.ts";
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

  it("keeps every point of several metrics in any order, and the latest of each", async () => {
    const run_id = await aRun(app);
    const last = "9223372036854775807";
    const point = (key: string, value: unknown, timestamp: unknown, step?: unknown) => ({
      key,
      value,
      timestamp,
      ...(step !== undefined && { step }),
    });
    const metrics = [
      ...[point("b", "NaN", 7, 3), point("a", 1, 2, -4), point("b", 5, 2 ** 40, 2), point("a", "Infinity", 1)],
      ...[
        point("c", -0.5, last, "-9223372036854775808"),
        point("b", "NaN", 7, 3),
        point("a", 2, 1, -5),
        point("a", 0, 9),
      ],
    ];
    // Three times: a connection runs a statement another way when it has run it before.
    for (const _ of [1, 2, 3]) expect((await post("log-batch", { run_id, metrics })).body).toEqual({});
    const history = async (metric_key: string) =>
      (await app.get("/api/2.0/mlflow/metrics/get-history", { run_id, metric_key })).body.metrics;
    expect(await history("a")).toEqual([
      point("a", 2, 1, -5),
      point("a", 1.7976931348623157e308, 1, 0),
      point("a", 1, 2, -4),
      point("a", 0, 9, 0),
    ]);
    expect(await history("b")).toEqual([point("b", "NaN", 7, 3), point("b", 5, 2 ** 40, 2)]);
    const { data } = await theRun(app, run_id);
    expect(byKey(data.metrics)).toMatchObject({
      a: { value: 0, timestamp: 9, step: 0 },
      b: { value: "NaN", step: 3 },
      c: { value: -0.5 },
    });
    expect((await app.get("/api/2.0/mlflow/runs/get", { run_id })).text).toContain(
      `"timestamp":${last},"step":-9223372036854775808`,
    );
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
