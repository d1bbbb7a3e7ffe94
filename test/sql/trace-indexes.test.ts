/** Searches of traces with the optional indexes. */
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SearchTraces } from "../../functions/traces/schemas.ts";
import { searchTraces } from "../../functions/traces/search.ts";
import { makeSearchIndexes } from "../../shared/mlflow/schema/search-indexes.ts";
import { aFilledClient, preparedPlanOf, sentBy } from "../support/plans.ts";

/** 20,000 traces of one experiment and as many of others; few are slow, some have no time, many have the same. */
const fill = `
  INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
  SELECT n, 'large-' || n, '', 'active', 'default' FROM generate_series(1, 3) n;
  INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status)
  SELECT 'tr-' || md5(n::text), 1 + n % 2 * (1 + n % 3 / 2), 1700000000000 + n * 1000::bigint,
    CASE WHEN n % 10 = 0 THEN NULL WHEN n % 100 = 2 THEN n ELSE n % 7 END,
    CASE WHEN n % 5000 = 2 THEN 'IN_PROGRESS' WHEN n % 20 = 4 THEN 'ERROR' ELSE 'OK' END
  FROM generate_series(1, 40000) n`;

const inOne = ["1"];
const searches: [name: string, asked: object, index: string | undefined][] = [
  ["the slowest", { order_by: ["execution_time DESC"] }, "mlfn_trace_info_execution_time"],
  [
    "the slowest, second page",
    { order_by: ["execution_time DESC"], page_token: token(25) },
    "mlfn_trace_info_execution_time",
  ],
  ["the slowest errors", { filter: "status = 'ERROR'", order_by: ["execution_time DESC"] }, undefined],
  ["the fastest", { order_by: ["execution_time_ms ASC", "timestamp ASC"] }, "mlfn_trace_info_execution_time"],
  ["the slowest of several experiments", { order_by: ["execution_time DESC"], in: ["1", "2", "3"] }, undefined],
  ["a status", { filter: "status = 'IN_PROGRESS'", order_by: ["timestamp DESC"] }, "mlfn_trace_info_status"],
  ["a status of none", { filter: "trace.status = 'UNKNOWN'" }, "mlfn_trace_info_status"],
];

function token(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString("base64");
}

const statementOf = ({ in: ids = inOne, ...asked }: { in?: string[] }) =>
  sentBy((context) => {
    const locations = ids.map((experiment_id) => ({ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } }));
    return searchTraces(SearchTraces.parse({ locations, max_results: 25, ...asked }), context);
  });

let client: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ client, drop } = await aFilledClient(["trace_info"], fill));
}, 120_000);
afterAll(() => drop());

async function found(asked: object): Promise<string[]> {
  const { rows } = await client.query<{ trace: string }>(await statementOf(asked));
  return rows.slice(0, 25).map(({ trace }) => JSON.parse(trace).trace_id);
}

const without = new Map<string, string[]>();

it("look at each trace where they are missing", async () => {
  for (const [name, asked] of searches) without.set(name, await found(asked));
  expect([...without.values()].map(({ length }) => length)).toEqual([25, 25, 25, 25, 25, 8, 0]);
});

describe("with them", () => {
  beforeAll(async () => void (await makeSearchIndexes(client, () => {})), 120_000);

  describe.each([
    ["without statistics", async () => {}],
    ["with statistics", async () => void (await client.query("VACUUM ANALYZE trace_info"))],
  ])("%s", (_, prepare) => {
    beforeAll(prepare);

    it.each(searches)("finds the same: %s", async (name, asked) => {
      expect(await found(asked)).toEqual(without.get(name));
    });

    describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (mode) => {
      it.each(searches.filter(([, , index]) => index))("%s goes by its index", async (_name, asked, index) => {
        const plan = await preparedPlanOf(client, mode, await statementOf(asked), "ANALYZE, ");
        const used = plan.filter((node) => node["Actual Loops"]! > 0).map((node) => node["Index Name"]);
        expect(used).toContain(index);
      });
    });
  });
});
