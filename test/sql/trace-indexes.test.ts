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
  INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status, trace_name, client_request_id)
  SELECT 'tr-' || md5(n::text), 1 + n % 2 * (1 + n % 3 / 2), 1700000000000 + n * 1000::bigint,
    CASE WHEN n % 10 = 0 THEN NULL WHEN n % 100 = 2 THEN n ELSE n % 7 END,
    CASE WHEN n % 5000 = 2 THEN 'IN_PROGRESS' WHEN n % 20 = 4 THEN 'ERROR' ELSE 'OK' END,
    CASE WHEN n % 5000 = 2 THEN 'rare' WHEN n % 10000 = 4 THEN repeat('n', 3000) ELSE 'agent' END,
    CASE WHEN n % 10 = 0 THEN 'client-' || n END
  FROM generate_series(1, 40000) n;
  INSERT INTO trace_request_metadata (key, value, request_id)
  SELECT key, CASE WHEN key = 'commit' AND timestamp_ms % 5000000 = 2000 THEN 'rare' ELSE 'frequent' END, request_id
  FROM trace_info, unnest(ARRAY['commit', 'branch']) key`;

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
  ["a rare name", { filter: "name = 'rare'" }, "mlfn_trace_info_name"],
  ["a name of none", { filter: "tags.`mlflow.traceName` = 'x'" }, "mlfn_trace_info_name"],
  ["a frequent name", { filter: "name = 'agent'", order_by: ["timestamp DESC"] }, undefined],
  ["a name that the index does not have", { filter: `name = '${"n".repeat(3000)}'` }, undefined],
  ["a pattern of names", { filter: "name LIKE 'rar%'" }, undefined],
  ["a client's request", { filter: "client_request_id = 'client-20000'" }, "mlfn_trace_info_client_request"],
  ["a client's request of none", { filter: "client_request_id = 'x'" }, "mlfn_trace_info_client_request"],
  ["rare metadata", { filter: "metadata.commit = 'rare'" }, "mlfn_trace_request_metadata_value"],
  ["metadata of none", { filter: "metadata.commit = 'x'" }, "mlfn_trace_request_metadata_value"],
  ["frequent metadata", { filter: "metadata.commit = 'frequent'" }, undefined],
];

/** Tables of which a search that an index serves reads few rows. */
const large = ["trace_info", "trace_request_metadata"];

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
  ({ client, drop } = await aFilledClient(large, fill));
}, 120_000);
afterAll(() => drop());

async function found(asked: object): Promise<string[]> {
  const { rows } = await client.query<{ trace: string }>(await statementOf(asked));
  return rows.slice(0, 25).map(({ trace }) => JSON.parse(trace).trace_id);
}

const without = new Map<string, string[]>();

it("look at each trace where they are missing", async () => {
  for (const [name, asked] of searches) without.set(name, await found(asked));
  const lengths = [...without.values()].map(({ length }) => length);
  expect(lengths).toEqual([25, 25, 25, 25, 25, 8, 0, 8, 0, 25, 4, 8, 1, 0, 8, 0, 25]);
});

describe("with them", () => {
  beforeAll(async () => void (await makeSearchIndexes(client, () => {})), 120_000);

  describe.each([
    ["without statistics", async () => {}],
    ["with statistics", async () => void (await client.query("VACUUM ANALYZE trace_info, trace_request_metadata"))],
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
