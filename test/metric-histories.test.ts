import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

type Query = Record<string, string | string[]>;
interface Point {
  key: string;
  value: unknown;
  timestamp: number;
  step: number;
  run_id?: string;
}

const history = (query: Query) => app.get("/api/2.0/mlflow/metrics/get-history", { metric_key: "loss", ...query });
const interval = (query: Query) =>
  app.get("/api/2.0/mlflow/metrics/get-history-bulk-interval", { metric_key: "loss", ...query });

/** Logs points as PostgreSQL computes them for n from 1 to `count`. */
async function log(run: string, count: number, columns: string, key = "loss"): Promise<void> {
  await app.db.query(
    `INSERT INTO metrics (run_uuid, key, value, is_nan, timestamp, step)
     SELECT DISTINCT $1, $2, value, is_nan, timestamp, step FROM (SELECT ${columns} FROM generate_series(1, $3::int) n) p`,
    [run, key, count],
  );
}

/** Values that are equal or NaN, of which some are infinite, at times and steps that are equal too. */
const odd = `
  CASE n % 6 WHEN 0 THEN 0 WHEN 1 THEN 1.7976931348623157e308 WHEN 2 THEN -1.7976931348623157e308 ELSE n % 4 / 3.0::float8 END AS value,
  n % 6 = 0 AS is_nan, 1000 + n / 7 AS timestamp, n % 5 - 2 AS step`;
const even = "n / 3.0::float8 AS value, false AS is_nan, 1000 + n AS timestamp, n AS step";

/** What stock MLflow's order is: it does not say which comes first of a 0 and a NaN. */
async function stored(run: string, order = "timestamp, step, value, is_nan"): Promise<Point[]> {
  const { rows } = await app.db.query(
    `SELECT key, value, is_nan, timestamp::int, step::int FROM metrics WHERE run_uuid = $1 AND key = 'loss' ORDER BY ${order}`,
    [run],
  );
  return rows.map(({ is_nan, value, ...rest }) => ({ ...rest, value: is_nan ? "NaN" : value }));
}

async function inPages(run_id: string, size: number, between = async () => {}): Promise<Point[]> {
  const all: Point[] = [];
  for (let page_token = ""; ; ) {
    const { body } = await history({ run_id, max_results: String(size), page_token });
    all.push(...(body.metrics ?? []));
    expect(body.metrics?.length ?? 0).toBeLessThanOrEqual(size);
    if (!body.next_page_token) return all;
    page_token = body.next_page_token;
    await between();
  }
}

const tokenOf = (token: object) => Buffer.from(JSON.stringify(token)).toString("base64");

describe("GET metrics/get-history", () => {
  let run: string;
  /** Another one that has the same points. */
  let same: string;
  beforeAll(async () => {
    [run, same] = (await times(2, () => aRun(app))) as [string, string];
    for (const each of [run, same]) await log(each, 150, odd);
  });

  it.each([1, 2, 3, 7, 40, 1000])("answers the same in pages of %i as at once, in the order of stock", async (size) => {
    const expected = await stored(run);
    expect(expected.length).toBeGreaterThan(100);
    expect(await inPages(run, size)).toEqual(expected);
    expect((await history({ run_id: run })).body.metrics).toEqual(expected);
  });

  it.each([2, 30])(
    "does so in pages of %i where other runs have logged the metric many times meanwhile",
    async (size) => {
      for (const _ of Array(10).keys()) await log(await aRun(app), 900, even);
      expect(await inPages(run, size)).toEqual(await stored(run));
      expect(await inPages(same, size)).toEqual(await stored(same));
    },
  );

  it.each([7, 40])("does so in pages of %i where steps were not logged in their order", async (size) => {
    const run_id = await aRun(app);
    await log(run_id, 90, "n AS value, false AS is_nan, 5000 - n / 2 AS timestamp, n * 37 % 90 AS step");
    expect(await inPages(run_id, size)).toEqual(await stored(run_id));
  });

  it("takes a stock server's token, and gives one that a stock server can read", async () => {
    const expected = await stored(run);
    const { body } = await history({ run_id: run, max_results: "10", page_token: tokenOf({ offset: 20 }) });
    expect(body.metrics).toEqual(expected.slice(20, 30));
    expect(JSON.parse(Buffer.from(body.next_page_token, "base64").toString()).offset).toBe(30);
    const next = await history({ run_id: run, max_results: "10", page_token: body.next_page_token });
    expect(next.body.metrics).toEqual(expected.slice(30, 40));
  });

  it.each([
    5,
    null,
    {},
    { timestamp: "1001", step: "x", value: "1" },
    { timestamp: "1001", step: "9223372036854775808", value: "1" },
    { timestamp: "1001", step: [1], value: "1" },
    { timestamp: "1001", step: "1" },
  ])("goes by the offset of a token whose position is %j", async (after) => {
    const { body } = await history({ run_id: run, max_results: "3", page_token: tokenOf({ offset: 2, after }) });
    expect(body.metrics).toEqual((await stored(run)).slice(2, 5));
  });

  it("neither loses nor doubles a point where others are logged between pages", async () => {
    const run_id = await aRun(app);
    await log(run_id, 60, odd);
    const before = await stored(run_id);
    let added = 0;
    const found = await inPages(run_id, 5, async () => {
      added++;
      // Before all, among them, and after all.
      const columns = `777 AS value, false AS is_nan, (ARRAY[1, 1003, 5000])[n] AS timestamp, ${added} AS step`;
      await log(run_id, 3, columns);
    });
    expect(added).toBeGreaterThan(8);
    expect(found.filter(({ value }) => value !== 777)).toEqual(before);
    expect(new Set(found.map((point) => JSON.stringify(point))).size).toBe(found.length);
    expect(found.length).toBeGreaterThan(before.length);
  });

  it("keeps times and steps beyond 2^53 from page to page", async () => {
    const run_id = await aRun(app);
    const columns = "1 AS value, false AS is_nan, 9007199254740993 + n AS timestamp, 9223372036854775800 + n AS step";
    await log(run_id, 4, columns);
    const texts: string[] = [];
    for (let page_token = ""; ; ) {
      const { body, text } = await history({ run_id, max_results: "1", page_token });
      texts.push(text);
      if (!body.next_page_token) break;
      page_token = body.next_page_token;
    }
    for (const [index, text] of texts.entries())
      expect(text).toContain(`"timestamp":${9007199254740994n + BigInt(index)},"step":922337203685477580${index + 1}`);
    expect(texts).toHaveLength(4);
  });

  it("answers more than it reads at once", async () => {
    const run_id = await aRun(app);
    await log(run_id, 60_000, even);
    const { metrics } = (await history({ run_id })).body;
    expect(metrics.map(({ step }: Point) => step)).toEqual(Array.from({ length: 60_000 }, (_, index) => index + 1));
    const { body } = await history({ run_id, max_results: "55000" });
    expect(body.metrics).toHaveLength(55_000);
    const rest = await history({ run_id, page_token: body.next_page_token });
    expect(rest.body.metrics.map(({ step }: Point) => step)[0]).toBe(55_001);
    expect(rest.body.metrics).toHaveLength(5000);
    expect(rest.body.next_page_token).toBeUndefined();
  });

  it("pages through a key that looks like a point", async () => {
    const run_id = await aRun(app);
    const key = '{"key":"loss","value":1},"é';
    await log(run_id, 5, even, key);
    const first = (await history({ run_id, metric_key: key, max_results: "3" })).body;
    const page_token = first.next_page_token;
    const second = (await history({ run_id, metric_key: key, max_results: "3", page_token })).body;
    const points: Point[] = [...first.metrics, ...second.metrics];
    expect(points.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(points.map((each) => each.key))).toEqual(new Set([key]));
  });
});

describe("GET metrics/get-history-bulk", () => {
  it("answers runs by their ids, each as its history, until there are enough points", async () => {
    const runs = (await times(3, () => aRun(app))).sort();
    for (const run of runs) await log(run, 60, odd);
    const all = (await Promise.all(runs.map((run) => stored(run)))).flatMap((points, at) =>
      points.map((point) => ({ ...point, run_id: runs[at] })),
    );
    const run_id = [runs[2]!, "nobody", runs[0]!, runs[1]!, runs[0]!];
    for (const most of [0, 1, 59, 60, 61, 150, 1000]) {
      const query = { run_id, metric_key: "loss", max_results: String(most) };
      const { body } = await app.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", query);
      expect(body.metrics, String(most)).toEqual(all.slice(0, most));
    }
  });
});

describe("GET metrics/get-history-bulk-interval", () => {
  /** What stock MLflow does (NTILE, the first of each bucket, and the last point in place of the last). */
  function sampleOf(points: readonly Point[], limit: number): Point[] {
    const [size, larger] = [Math.floor(points.length / limit), points.length % limit];
    const starts = Array.from({ length: limit }, (_, bucket) => bucket * size + Math.min(bucket, larger));
    const first = points.length <= limit ? [...points.keys()] : starts;
    return [...first.slice(0, -1), points.length - 1].map((place) => points[place]!);
  }

  const inSteps = "step, timestamp, value, is_nan";
  const kinds: [name: string, count: number, columns: string][] = [
    ["a step each", 300, even],
    ["equal steps", 300, odd],
    ["one step", 300, "n AS value, n % 9 = 0 AS is_nan, 5000 - n AS timestamp, 0 AS step"],
    ["steps far apart", 300, "1 AS value, false AS is_nan, n AS timestamp, n * n * 7 - 900 AS step"],
    ["one point", 1, even],
  ];

  it.each(kinds)("samples points of %s as stock does, to any number", async (_, count, columns) => {
    const run_ids = await aRun(app);
    await log(run_ids, count, columns);
    const points = (await stored(run_ids, inSteps)).map((point) => ({ ...point, run_id: run_ids }));
    const limits = [1, 2, 3, 7, 10, 59, 60, 61, 74, 75, 76, 100, 150, 299, 300, 301, 2500];
    for (const limit of limits) {
      const { body } = await interval({ run_ids, max_results: String(limit) });
      expect(body.metrics, String(limit)).toEqual(sampleOf(points, limit));
    }
  });

  it("does so between two steps, of several runs in the order asked for", async () => {
    const runs = await times(3, () => aRun(app));
    for (const run of runs) await log(run, 400, odd.replace("n % 5 - 2", "n % 90"));
    const asked = [runs[2]!, "nobody", runs[0]!, runs[1]!];
    for (const limit of [1, 4, 40, 80]) {
      const { body } = await interval({ run_ids: asked, max_results: String(limit), start_step: "10", end_step: "70" });
      const expected = asked.map(async (run_id) => {
        const points = (await stored(run_id, inSteps)).filter(({ step }) => step >= 10 && step <= 70);
        return points.length === 0
          ? []
          : sampleOf(
              points.map((point) => ({ ...point, run_id })),
              limit,
            );
      });
      expect(body.metrics).toEqual((await Promise.all(expected)).flat());
    }
  });

  it("takes the least and the greatest step", async () => {
    const run_ids = await aRun(app);
    const columns = (step: string) => `n AS value, false AS is_nan, 1 AS timestamp, ${step} AS step`;
    await log(run_ids, 30, columns("9223372036854775807"));
    await log(run_ids, 30, columns("(-9223372036854775808)"));
    const { body } = await interval({ run_ids, max_results: "4" });
    expect(body.metrics.map(({ value }: Point) => value)).toEqual([1, 16, 1, 30]);
  });
});
