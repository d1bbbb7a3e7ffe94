import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getHistoryBulkInterval } from "../../functions/metrics/bulk.ts";
import { getHistory } from "../../functions/metrics/history.ts";
import { GetHistory, GetHistoryBulkInterval } from "../../functions/metrics/schemas.ts";
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
