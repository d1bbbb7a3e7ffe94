import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getHistoryBulk, getHistoryBulkInterval } from "../../functions/metrics/bulk.ts";
import { getHistory } from "../../functions/metrics/history.ts";
import { GetHistory, GetHistoryBulk, GetHistoryBulkInterval } from "../../functions/metrics/schemas.ts";
import { encodePageToken } from "../../shared/mlflow/search/page-token.ts";
import { aFilledClient, type Plan, preparedPlanOf, sentBy } from "../support/plans.ts";

/** Points of the metric `loss`, as many of other metrics, and 200 runs that log `loss` at a time of their own. */
const points = 40_000;
const [run, crowded] = ["a", "b"].map((digit) => digit.repeat(32)) as [string, string];
const start = 1_000_000;
const crowdStart = 5_000_000;

const fill = `
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT 'loss', n, ${start} + n, n, false, '${run}' FROM generate_series(1, ${points}) n;
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT 'other-' || k, n, ${start} + n, n, false, '${run}' FROM generate_series(1, ${points / 100}) n, generate_series(1, 100) k;
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT 'loss', n, ${crowdStart} + n, n, false, md5(k::text) FROM generate_series(1, 300) n, generate_series(1, 200) k;
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT 'loss', n, ${crowdStart} + n, n, false, '${crowded}' FROM generate_series(1, 300) n`;

let client: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ client, drop } = await aFilledClient(["metrics"], fill));
}, 120_000);
afterAll(() => drop());

const token = (offset: number, timestamp: number) =>
  encodePageToken(offset, { after: { timestamp: `${timestamp}`, step: `${offset}`, value: `${offset}` } });

const page = (run_id: string, more: object) =>
  sentBy((context) => getHistory(GetHistory.parse({ run_id, metric_key: "loss", max_results: 100, ...more }), context));
const sample = (run_ids: string[], more: object = {}) =>
  sentBy((context) =>
    getHistoryBulkInterval(GetHistoryBulkInterval.parse({ run_ids, metric_key: "loss", ...more }), context),
  );
const bulk = (run_id: string[], max_results: number) =>
  sentBy((context) => getHistoryBulk(GetHistoryBulk.parse({ run_id, metric_key: "loss", max_results }), context));

interface Executed extends Plan {
  "Actual Rows": number;
  "Rows Removed by Filter"?: number;
}

/** Scans of metrics that were executed, with the rows that they read. */
const scans = (plan: Plan[]) =>
  (plan as Executed[])
    .filter((node) => /metric/.test(node["Index Name"] ?? node["Relation Name"] ?? "") && node["Actual Loops"])
    .map((node) => ({
      index: node["Index Name"],
      type: node["Node Type"],
      condition: node["Index Cond"],
      read: (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]!,
    }));

const byRun = "index_metrics_run_uuid_key_step";

describe.each([
  ["without statistics", async () => {}],
  ["with statistics", async () => void (await client.query("VACUUM ANALYZE metrics"))],
])("%s", (_, prepare) => {
  beforeAll(prepare);

  describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (mode) => {
    it("reads a deep page from where the last one ended, and nothing before it", async () => {
      for (const offset of [1000, points - 1000]) {
        const asked = await page(run, { page_token: token(offset, start + offset) });
        const read = scans(await preparedPlanOf(client, mode, asked, "ANALYZE, "));
        expect(read.map(({ index }) => index)).toEqual(["metric_pk"]);
        expect(read[0]!.condition).toMatch(/key.* AND .*ROW/);
        expect(read[0]!.read).toBeLessThanOrEqual(101);
      }
    });

    it("reads the run's own points where other runs have logged too many, after as many of theirs", async () => {
      const asked = await page(crowded, { page_token: token(100, crowdStart + 100) });
      const read = scans(await preparedPlanOf(client, mode, asked, "ANALYZE, "));
      const walk = read.filter(({ index }) => index === "metric_pk");
      expect(walk.map((scan) => scan.read)).toEqual([300]);
      const own = read.filter((scan) => !walk.includes(scan) && scan.index);
      expect(new Set(own.map(({ index }) => index))).toEqual(new Set([byRun]));
      expect(Math.max(...own.map((scan) => scan.read))).toBe(300);
    });

    it("samples a run by an index that has all it asks, and looks up the steps of the sample", async () => {
      const asked = await sample([run], { max_results: 50 });
      const read = scans(await preparedPlanOf(client, mode, asked, "ANALYZE, "));
      expect(new Set(read.flatMap(({ index }) => index ?? []))).toEqual(new Set([byRun]));
      const [steps, looked] = [read.filter(({ read }) => read > 100), read.filter(({ read }) => read <= 100)];
      expect(steps.map(({ type, read }) => [type, read])).toEqual([["Index Only Scan", points]]);
      expect(looked.filter(({ index }) => index).map(({ read }) => read)).toEqual([50]);
    });

    it("reads nothing but the points of the runs, where they have few", async () => {
      const asked = await sample([crowded, run.replace("a", "c")]);
      const read = scans(await preparedPlanOf(client, mode, asked, "ANALYZE, "));
      expect(new Set(read.flatMap(({ index }) => index ?? []))).toEqual(new Set([byRun]));
      expect(Math.max(...read.map(({ read }) => read))).toBe(300);
    });
  });
});

const many = "c".repeat(32);
const pointsOfRun = (id: string, count: number, key = "'loss'") => `
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT ${key}, n, ${start} + n, n, false, ${id} FROM generate_series(1, ${count}) n`;

/** What is logged before PostgreSQL looks at the table, and what after it. */
const tables: [name: string, before: string[], after: string[]][] = [
  [
    "runs that had one metric each",
    [`${pointsOfRun("md5(k::text)", 200)}, generate_series(1, 200) k`],
    [pointsOfRun(`'${many}'`, 200), `${pointsOfRun(`'${many}'`, 200, "'other-' || k")}, generate_series(1, 100) k`],
  ],
  [
    "one run, which had most points",
    [pointsOfRun(`'${run}'`, 30_000)],
    [pointsOfRun(`'${many}'`, 200), `${pointsOfRun(`'${many}'`, 200, "'other-' || k")}, generate_series(1, 100) k`],
  ],
  [
    "one run with one metric, and one with many",
    [
      pointsOfRun(`'${run}'`, 30_000),
      pointsOfRun(`'${many}'`, 200),
      `${pointsOfRun(`'${many}'`, 200, "'other-' || k")}, generate_series(1, 100) k`,
    ],
    [],
  ],
];

describe.each(tables)("statistics of %s", (_, before, after) => {
  let opened: Awaited<ReturnType<typeof aFilledClient>>;
  beforeAll(async () => {
    opened = await aFilledClient(["metrics"], before.join(";"));
    await opened.client.query("VACUUM ANALYZE metrics");
    for (const statement of after) await opened.client.query(statement);
  }, 60_000);
  afterAll(() => opened.drop());

  const asked: [name: string, () => ReturnType<typeof page>][] = [
    ["a first page", () => page(many, {})],
    ["histories", () => bulk([many, "d".repeat(32)], 1000)],
    ["a sample", () => sample([many])],
    ["a sample of few of its points", () => sample([many], { max_results: 20 })],
  ];

  describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (mode) => {
    it.each(asked)("reads the points of the run's metric alone for %s", async (_, statement) => {
      const read = scans(await preparedPlanOf(opened.client, mode, await statement(), "ANALYZE, "));
      expect(read.length).toBeGreaterThan(0);
      for (const scan of read.filter(({ type }) => type !== "Bitmap Heap Scan")) {
        expect(scan.index).toBe(byRun);
        expect(scan.condition).toMatch(/run_uuid.* AND .*key/);
      }
      expect(Math.max(...read.map(({ read }) => read))).toBe(200);
    });
  });
});

describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (mode) => {
  const sortedRows = (plan: Plan[]) =>
    Math.max(
      ...plan.flatMap(({ "Node Type": type, Plans = [] }) =>
        type === "Sort" ? (Plans as Executed[]).map((each) => each["Actual Rows"]) : [],
      ),
    );

  it("sorts no more of a long history for its first page than may be on it", async () => {
    const plan = await preparedPlanOf(client, mode, await page(run, {}), "ANALYZE, ");
    expect(sortedRows(plan)).toBe(101);
    const looked = scans(plan).filter(({ type }) => type !== "Bitmap Index Scan");
    expect(looked.map(({ read }) => read).sort()).toEqual([1, 1, 101, points]);
  });

  it("reads no histories of several runs after that which fills the answer", async () => {
    const read = scans(await preparedPlanOf(client, mode, await bulk([crowded, run], 100), "ANALYZE, "));
    expect(Math.max(...read.map((scan) => scan.read))).toBe(points);
    expect(read.every(({ condition }) => !condition?.includes(crowded))).toBe(true);
  });
});
