import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SearchTraces } from "../../functions/traces/schemas.ts";
import { searchTraces } from "../../functions/traces/search.ts";
import { aFilledClient, preparedPlanOf, readWhole, sentBy } from "../support/plans.ts";

const large = ["trace_info", "spans", "trace_tags", "trace_request_metadata", "entity_associations"];

/** 40,000 traces of 20 experiments, half of them in the first, with two spans, three tags and two metadata each. */
const fill = `
  INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
  SELECT n, 'large-' || n, '', 'active', 'default' FROM generate_series(1, 20) n;
  INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status, session_id)
  SELECT 'tr-' || md5(n::text), CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 19 END, 1700000000000 + n * 1000::bigint, 5, 'OK', 's' || n / 4
  FROM generate_series(1, 40000) n;
  INSERT INTO trace_tags (key, value, request_id)
  SELECT key, CASE key WHEN 'team' THEN 'vision' WHEN 'ticket' THEN timestamp_ms::text ELSE 'a' END, request_id
  FROM trace_info, unnest(ARRAY['team', 'ticket', 'mlflow.trace.spansLocation']) key;
  INSERT INTO trace_request_metadata (key, value, request_id)
  SELECT key, CASE key WHEN 'mlflow.sourceRun' THEN md5(timestamp_ms::text) ELSE 'me' END, request_id
  FROM trace_info, unnest(ARRAY['mlflow.user', 'mlflow.sourceRun']) key;
  INSERT INTO entity_associations (association_id, source_type, source_id, destination_type, destination_id)
  SELECT md5(request_id), 'trace', request_id, 'run', md5(timestamp_ms::text) FROM trace_info;
  INSERT INTO spans (trace_id, experiment_id, span_id, name, type, status, start_time_unix_nano, content)
  SELECT request_id, experiment_id, id, 'root', 'LLM', 'OK', timestamp_ms * 1000000, '{}'
  FROM trace_info, unnest(ARRAY['a', 'b']) id`;

const window = "attributes.timestamp_ms > 1700010000000 AND attributes.timestamp_ms < 1700020000000";
const newest = { max_results: 25, order_by: ["timestamp DESC"] };

/** What the page and the client ask. */
const searches: [string, object][] = [
  ["a window of time, newest first", { ...newest, filter: window }],
  ["the newest", {}],
  ["the oldest", { order_by: ["timestamp ASC"] }],
  ["a session", { filter: "metadata.`mlflow.trace.session` = 's5000'" }],
  ["a run", { max_results: 500, filter: `run_id = '0123' AND tags.\`mlflow.trace.sourceScorer\` IS NULL` }],
  ["a prompt", { filter: "prompt = 'greeting/1'" }],
  ["a tag", { ...newest, filter: "tags.team = 'vision'" }],
  ["a tag in a window of time", { ...newest, filter: `${window} AND tags.ticket = '1700015000000'` }],
  ["a span", { filter: "span.type = 'LLM' AND span.name = 'root' AND span.status = 'OK'" }],
  ["a text", { ...newest, filter: `${window} AND trace.text ILIKE '%hi%'` }],
];

const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "1" } };
const statementOf = (asked: object) =>
  sentBy((context) => searchTraces(SearchTraces.parse({ locations: [location], ...asked }), context));

let client: pg.Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ client, drop } = await aFilledClient(large, fill));
}, 300_000);

afterAll(() => drop());

describe.each([
  ["without statistics", async () => {}],
  ["with statistics", async () => void (await client.query("ANALYZE"))],
])("40,000 traces %s", (_, prepare) => {
  beforeAll(prepare);

  describe.each(["force_custom_plan", "force_generic_plan"] as const)("%s", (mode) => {
    it.each(searches)("%s: no large table is read from end to end", async (_name, asked) => {
      expect(readWhole(await preparedPlanOf(client, mode, await statementOf(asked)), large)).toEqual([]);
    });

    it.each([
      ["a session", "index_trace_info_experiment_id_session_id"],
      ["a run", "mlfn_trace_request_metadata_run"],
      ["a run", "index_entity_associations_reverse_lookup"],
      ["a tag", "mlfn_trace_tags_value"],
    ])("%s: by the index %s", async (name, index) => {
      const plan = await preparedPlanOf(client, mode, await statementOf(new Map(searches).get(name)!));
      expect(plan.map((node) => node["Index Name"])).toContain(index);
    });
  });
});

it.each([
  ["many traces", "tags.team = 'vision'", "true"],
  ["many traces by a pattern", "tags.team LIKE 'v%'", "true"],
  ["few traces by a pattern", "tags.ticket LIKE '170001500%'", "timestamp_ms::text LIKE '170001500%'"],
  ["many traces by metadata", "metadata.mlflow.user = 'me'", "true"],
  ["no trace", "tags.ticket = 'x'", "false"],
  ["few traces", "tags.ticket = '1700015000000'", "timestamp_ms = 1700015000000"],
])("finds the same where a clause names %s", async (_, filter, condition) => {
  const { rows } = await client.query<{ trace: string }>(await statementOf({ ...newest, filter }));
  const { rows: expected } = await client.query(
    `SELECT request_id AS id FROM trace_info WHERE experiment_id = 1 AND ${condition} ORDER BY timestamp_ms DESC, request_id LIMIT 25`,
  );
  const found = rows.slice(0, 25).map(({ trace }) => JSON.parse(trace).trace_id);
  expect(found).toEqual(expected.map(({ id }) => id));
  expect(found.length > 0).toBe(condition !== "false");
});
