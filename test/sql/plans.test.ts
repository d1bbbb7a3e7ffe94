import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routesWithSql, statementsOf } from "../../cli/sql-statements.ts";
import { aFilledClient, planOf, readWhole } from "../support/plans.ts";

const large = ["runs", "metrics", "latest_metrics", "params", "tags"];
/** What clients ask most, and what the page asks with every step. */
const hot = [
  "GET runs/get",
  "POST runs/search",
  "POST runs/create",
  "POST runs/update",
  "POST runs/log-batch",
  "POST runs/set-tag",
  "GET metrics/get-history",
  "GET metrics/get-history-bulk-interval",
  "GET artifacts/list",
  "POST /graphql",
];

let client: pg.Client;
let drop: () => Promise<void>;
const statements = new Map<string, string[]>();

beforeAll(async () => {
  ({ client, drop } = await aFilledClient(large, fill));
  for (const route of await routesWithSql()) statements.set(route.name, await statementsOf(route));
}, 300_000);

afterAll(() => drop());

/** 50,000 runs of 100 experiments, with three metrics, params and tags each; the run of the examples has 100 more. */
const fill = `
  INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
  SELECT n, 'large-' || n, '', 'active', 'default' FROM generate_series(1, 100) n;
  INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, source_version,
    lifecycle_stage, artifact_uri, experiment_id)
  SELECT md5(n::text), 'run', 'UNKNOWN', '', '', 'u', 'FINISHED', n, '', 'active', '', 1 + n % 100 FROM generate_series(1, 50000) n;
  INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT key, random(), 0, 1, false, run_uuid FROM runs, unnest(ARRAY['loss', 'accuracy', 'f1']) key;
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT key, value, timestamp, step, is_nan, run_uuid FROM latest_metrics;
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT 'm' || metric, step, step, step, false, '0123456789abcdef0123456789abcdef'
  FROM generate_series(1, 100) metric, generate_series(1, 500) step;
  INSERT INTO params (key, value, run_uuid) SELECT key, '3', run_uuid FROM runs, unnest(ARRAY['depth', 'rate', 'seed']) key;
  INSERT INTO tags (key, value, run_uuid) SELECT key, 'vision', run_uuid FROM runs, unnest(ARRAY['team', 'user', 'kind']) key`;

/** Of a search only what it does: what it would do with the optional indexes is in run-plans.test.ts. */
const explained = (statement: string) =>
  planOf(client, `EXPLAIN (${statement.startsWith("WITH large") ? "ANALYZE, " : ""}FORMAT JSON) ${statement}`);

describe.each([
  ["without statistics", async () => {}],
  ["with statistics", async () => void (await client.query("ANALYZE"))],
])("50,000 runs %s", (_, prepare) => {
  beforeAll(prepare);

  it.each(hot)("%s reads no large table from end to end", async (name) => {
    for (const statement of statements.get(name)!) {
      expect(readWhole(await explained(statement), large)).toEqual([]);
    }
  });

  it.each(["GET metrics/get-history", "GET metrics/get-history-bulk", "GET metrics/get-history-bulk-interval"])(
    "%s reads the points of the run's metric and no others",
    async (name) => {
      const nodes = (await explained(statements.get(name)![0]!)).filter((node) =>
        /metric/.test(node["Index Name"] ?? node["Relation Name"] ?? ""),
      );
      const indexes = nodes.flatMap((node) => node["Index Name"] ?? []);
      // By metric_pk it would read the points that all runs have of the metric.
      expect(new Set(indexes)).toEqual(new Set(["index_metrics_run_uuid_key_step"]));
      for (const node of nodes.filter((each) => each["Index Name"]))
        expect(node["Index Cond"]).toMatch(/run_uuid.* AND .*key/);
    },
  );

  it.each([
    ["POST runs/log-metric", ["latest_metrics", "metrics"]],
    ["POST runs/log-parameter", ["params"]],
    ["POST runs/set-tag", ["tags"]],
  ])("%s opens no table that it does not write", async (name, tables) => {
    const written = (await explained(statements.get(name)![0]!)).filter((node) => node["Node Type"] === "ModifyTable");
    expect(written.map((node) => node["Relation Name"]).sort()).toEqual(tables);
  });

  it("a filter is a sub-plan, and no join", async () => {
    const nodes = await explained(statements.get("POST runs/search")![0]!);
    const joined = nodes
      .filter(({ "Node Type": type }) => /Join|Nested Loop/.test(type))
      .flatMap(({ Plans = [] }) => Plans);
    expect(joined.map((node) => node["Relation Name"])).not.toContain("params");
    expect(
      nodes.filter((node) => node["Relation Name"] === "params" && node["Parent Relationship"] === "SubPlan"),
    ).not.toEqual([]);
  });
});
