import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

type Query = Record<string, string | string[]>;
const history = (query: Query) => app.get("/api/2.0/mlflow/metrics/get-history", query);
const bulk = (query: Query) => app.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", query);
const interval = (query: Query) => app.get("/api/2.0/mlflow/metrics/get-history-bulk-interval", query);
const hint = " See the API docs for more information about request parameters.";

interface Point {
  key: string;
  value: unknown;
  timestamp: unknown;
  step: unknown;
}
const point = (value: unknown, timestamp: unknown, step: unknown = 0): Point => ({
  key: "loss",
  value,
  timestamp,
  step,
});

async function log(run_id: string, metrics: Point[]): Promise<void> {
  const { status } = await app.post("/api/2.0/mlflow/runs/log-batch", { run_id, metrics });
  expect(status).toBe(200);
}

/** A run with `count` points, of step and value 0, 1, 2... */
async function aCurve(count: number): Promise<string> {
  const run = await aRun(app);
  await log(
    run,
    Array.from({ length: count }, (_, index) => point(index, 1000 + index, index)),
  );
  return run;
}

describe("GET metrics/get-history", () => {
  it("orders by time, step and value, and keeps every value", async () => {
    const run_id = await aRun(app);
    await log(run_id, [point(0.5, 7, 2), point(0.25, 7, 1), point(1, 3, 9), point("NaN", 7, 1), point("-Infinity", 9)]);
    await log(run_id, [point(0.5, 7, 2), point("Infinity", 10, "9223372036854775807")]);
    expect((await history({ run_id, metric_key: "loss" })).body.metrics).toEqual([
      point(1, 3, 9),
      point("NaN", 7, 1),
      point(0.25, 7, 1),
      point(0.5, 7, 2),
      point(-Number.MAX_VALUE, 9),
      point(Number.MAX_VALUE, 10, 2 ** 63),
    ]);
    expect(app.lastText()).toContain('"step":9223372036854775807}');
  });

  it("quotes a key", async () => {
    const run_id = await aRun(app);
    await log(run_id, [{ ...point(1, 1), key: "потеря/a b" }]);
    expect((await history({ run_id, metric_key: "потеря/a b" })).body.metrics[0].key).toBe("потеря/a b");
  });

  it("goes by pages", async () => {
    const run_id = await aCurve(7);
    const query = { run_id, metric_key: "loss", max_results: "3" };
    const first = (await history(query)).body;
    expect(first.metrics.map((metric: Point) => metric.step)).toEqual([0, 1, 2]);
    expect(JSON.parse(Buffer.from(first.next_page_token, "base64").toString())).toMatchObject({ offset: 3 });
    const second = (await history({ ...query, page_token: first.next_page_token })).body;
    const third = (await history({ ...query, page_token: second.next_page_token })).body;
    expect(third).toEqual({ metrics: [point(6, 1006, 6)] });
    expect((await history({ ...query, max_results: "7" })).body.next_page_token).toBeUndefined();
    const { max_results: _, ...unlimited } = query;
    expect((await history({ ...unlimited, page_token: first.next_page_token })).body.metrics).toHaveLength(4);
  });

  it("is empty for an unknown metric or run, and takes run_uuid", async () => {
    const run = await aCurve(1);
    expect((await history({ run_id: run, metric_key: "nope" })).body).toEqual({});
    expect((await history({ run_id: "nobody", metric_key: "loss" })).body).toEqual({});
    expect((await history({ run_uuid: run, metric_key: "loss" })).body.metrics).toHaveLength(1);
  });

  it("refuses what is missing and bad pages", async () => {
    const message = async (query: Query) => (await history(query)).body.message;
    expect(await message({})).toBe(`Missing value for required parameter 'run_id'.${hint}`);
    expect(await message({ run_id: "x" })).toBe(`Missing value for required parameter 'metric_key'.${hint}`);
    expect(await message({ run_id: "x", metric_key: "k", max_results: "0" })).toBe(
      "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.",
    );
    expect(await message({ run_id: "x", metric_key: "k", page_token: "e30=" })).toBe(
      "Invalid page token, parsed value={}",
    );
  });
});

describe("GET metrics/get-history-bulk", () => {
  it("answers several runs, sorted by run, then by time", async () => {
    const runs = (await times(2, () => aCurve(2))).sort();
    const { body } = await bulk({ run_id: [...runs].reverse(), metric_key: "loss" });
    expect(body.metrics).toEqual(
      runs.flatMap((run_id) => [
        { ...point(0, 1000, 0), run_id },
        { ...point(1, 1001, 1), run_id },
      ]),
    );
    expect((await bulk({ run_id: runs, metric_key: "loss", max_results: "3" })).body.metrics).toHaveLength(3);
    expect((await bulk({ run_id: runs, metric_key: "nope" })).body).toEqual({ metrics: [] });
  });

  it("is JSON where a value is NaN", async () => {
    const run_id = await aRun(app);
    await log(run_id, [point("NaN", 1)]);
    expect((await bulk({ run_id, metric_key: "loss" })).body.metrics).toEqual([{ ...point("NaN", 1), run_id }]);
  });

  it("refuses no runs, too many and no key, and is not served under /api", async () => {
    const message = async (query: Query) => (await bulk(query)).body.message;
    expect(await message({})).toBe("GetMetricHistoryBulk request must specify at least one run_id.");
    expect(await message({ run_id: "x" })).toBe("GetMetricHistoryBulk request must specify a metric_key.");
    expect(await message({ run_id: Array(101).fill("x"), metric_key: "k" })).toBe(
      "GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.",
    );
    const elsewhere = await app.get("/api/2.0/mlflow/metrics/get-history-bulk", { run_id: "x", metric_key: "k" });
    expect(elsewhere.status).toBe(404);
  });
});

describe("GET metrics/get-history-bulk-interval", () => {
  const stepsOf = async (query: Query) =>
    ((await interval({ metric_key: "loss", ...query })).body.metrics ?? []).map((metric: Point) => metric.step);

  // What stock MLflow answers for 11 points, step 0 to 10.
  it.each([
    ["1", [10]],
    ["2", [0, 10]],
    ["3", [0, 4, 10]],
    ["4", [0, 3, 6, 10]],
    ["10", [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["11", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["2500", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ])("samples to %s", async (max_results, steps) => {
    expect(await stepsOf({ run_ids: await aCurve(11), max_results })).toEqual(steps);
  });

  it("answers a run once, however often it is named", async () => {
    const run = await aCurve(11);
    const once = await interval({ run_ids: run, metric_key: "loss" });
    const often = await interval({ run_ids: Array(100).fill(run), metric_key: "loss" });
    expect(often.body).toEqual(once.body);
    const [bulkOnce, bulkOften] = [{ run_id: run }, { run_id: Array(100).fill(run) }];
    expect((await bulk({ ...bulkOften, metric_key: "loss" })).body).toEqual(
      (await bulk({ ...bulkOnce, metric_key: "loss" })).body,
    );
  });

  it("answers runs in the order asked for, each sampled by itself", async () => {
    const [long, short] = [await aCurve(9), await aCurve(2)];
    expect(await stepsOf({ run_ids: [short, long, "nobody", short], max_results: "2" })).toEqual([0, 1, 0, 8]);
  });

  it("keeps to the steps asked for, both included", async () => {
    const run_ids = await aCurve(20);
    expect(await stepsOf({ run_ids, start_step: "5", end_step: "8" })).toEqual([5, 6, 7, 8]);
    expect(await stepsOf({ run_ids, start_step: "-3", end_step: "0" })).toEqual([0]);
    expect(await stepsOf({ run_ids, start_step: "3000000000", end_step: "4000000000" })).toEqual([]);
  });

  it("samples points, not steps, and tells NaN from 0", async () => {
    const run_id = await aRun(app);
    await log(run_id, [point(2, 5), point(1, 5), point("NaN", 4), point(0, 4), point(3, 5)]);
    const { body } = await interval({ run_ids: run_id, metric_key: "loss", max_results: "4" });
    const values = body.metrics.map((metric: Point) => metric.value);
    expect(values).toEqual([0, 1, 2, 3]);
    const all = await interval({ run_ids: run_id, metric_key: "loss" });
    expect(all.body.metrics.map((metric: Point) => metric.value)).toEqual([0, "NaN", 1, 2, 3]);
  });

  it("refuses what stock refuses", async () => {
    const message = async (query: Query) => (await interval(query)).body.message;
    const run_ids = "x";
    const metric_key = "k";
    expect(await message({ metric_key })).toBe(`Missing value for required parameter 'run_ids'.${hint}`);
    expect(await message({ run_ids })).toBe(`Missing value for required parameter 'metric_key'.${hint}`);
    for (const max_results of ["0", "2501"])
      expect(await message({ run_ids, metric_key, max_results })).toBe(
        `max_results must be between 1 and 2500.${hint}`,
      );
    expect(await message({ run_ids, metric_key, start_step: "1" })).toBe(
      "If either start step or end step are specified, both must be specified.",
    );
    expect(await message({ run_ids, metric_key, start_step: "2", end_step: "1" })).toBe(
      "end_step must be greater than start_step. Found start_step=2 and end_step=1.",
    );
    expect(await message({ run_ids: Array(101).fill("x"), metric_key })).toBe(
      `GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids.${hint}`,
    );
  });
});
