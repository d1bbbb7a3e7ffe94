/** 100,000 traces in a database, and what the page and the client ask of them. */
import { createHash } from "node:crypto";
import pg from "pg";
import { call, type Target } from "./client.ts";
import { numbers } from "./scenarios.ts";

const traces = 100_000;
const day = 86_400_000;
const days = 30;

/** An experiment with the traces of 30 days, the newest of `now`. */
export interface Filled extends Target {
  experiment: string;
  now: number;
}

const idOf = (index: number) => `tr-${createHash("md5").update(String(index)).digest("hex")}`;

/** Writes them by SQL: a tenth of them in sessions, each with a span and below it the call of a model. */
export async function fillTraces(database: string, experiment: string, now: number): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    // Checking the foreign keys takes longer than all else.
    await client.query("SET session_replication_role = replica");
    for (const statement of rowsOf({ experiment: Number(experiment), now, first: 0, count: traces }))
      await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Traces of an experiment, by the numbers that their ids are made of. */
export interface Rows {
  experiment: number;
  /** When the newest of them began; the oldest did so 30 days before. */
  now: number;
  first: number;
  count: number;
}

/** A statement for each table: traces, tags, metadata, roots, calls and assessments. */
export function rowsOf({ experiment, now, first, count }: Rows): string[] {
  const time = `(${now} - (i - ${first})::bigint * ${Math.floor((days * day) / count)})`;
  const id = "'tr-' || md5(i::text)";
  const last = first + count - 1;
  const from = `FROM generate_series(${first}, ${last}) i`;
  const base64 = (hex: string) => `encode(decode(${hex}, 'hex'), 'base64')`;
  const span = (parent: string, name: string, attributes: string) => `format('{"trace_id": "%s", "span_id": "%s", ' ||
    '"parent_span_id": %s, "name": "${name}", "kind": "SPAN_KIND_INTERNAL", "start_time_unix_nano": %s, ' ||
    '"end_time_unix_nano": %s, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, ' ||
    '"attributes": {"mlflow.traceRequestId": "\\"%s\\"", ${attributes}}, "links": []}',
    ${base64("md5(i::text)")}, ${base64(`'${parent ? "0000000000000002" : "0000000000000001"}'`)},
    ${parent ? `'"' || ${base64(`'${parent}'`)} || '"'` : "'null'"}, ${time} * 1000000, ${time} * 1000000 + 500000000, ${id})`;
  const io =
    '"mlflow.spanInputs": "{\\"question\\": \\"where is it?\\"}", "mlflow.spanOutputs": "{\\"answer\\": \\"there\\"}"';
  const usage =
    '"mlflow.chat.tokenUsage": "{\\"input_tokens\\": 100, \\"output_tokens\\": 50, \\"total_tokens\\": 150}"';
  const columns = `trace_id, experiment_id, span_id, parent_span_id, name, type, status, start_time_unix_nano,
    end_time_unix_nano, content`;
  const times = `${time} * 1000000, ${time} * 1000000 + 500000000`;
  return [
    `INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status, request_preview,
       response_preview, db_payload_generation, trace_name, session_id, input_tokens, output_tokens, total_tokens,
       input_cost, output_cost, total_cost)
     SELECT ${id}, ${experiment}, ${time}, 100 + i % 900, CASE WHEN i % 20 = 0 THEN 'ERROR' ELSE 'OK' END,
       '{"question": "where is it?"}', '{"answer": "there"}', 1, 'agent', CASE WHEN i % 10 = 0 THEN 'session-' || i / 100 END,
       100, 50, 150, 0.001, 0.002, 0.003 ${from}`,
    `INSERT INTO trace_tags (request_id, key, value)
     SELECT ${id}, key, CASE key WHEN 'mlflow.artifactLocation' THEN 'mlflow-artifacts:/${experiment}/traces/' || ${id} || '/artifacts'
       WHEN 'env' THEN 'test-' || i % 5 ELSE 'TRACKING_STORE' END
     ${from}, unnest(ARRAY['mlflow.trace.spansLocation', 'mlflow.artifactLocation', 'env']) key`,
    `INSERT INTO trace_request_metadata (request_id, key, value)
     SELECT ${id}, key, CASE key WHEN 'mlflow.trace.user' THEN 'user-' || i % 50 ELSE 'app.py' END
     ${from}, unnest(ARRAY['mlflow.trace.user', 'mlflow.source.name']) key`,
    `INSERT INTO spans (${columns})
     SELECT ${id}, ${experiment}, '0000000000000001', NULL, 'agent', 'AGENT', 'OK', ${times},
       ${span("", "agent", `"mlflow.spanType": "\\"AGENT\\"", ${io}`)} ${from}`,
    `INSERT INTO spans (${columns}, input_cost, output_cost, total_cost, model_name, model_provider)
     SELECT ${id}, ${experiment}, '0000000000000002', '0000000000000001', 'call', 'LLM', 'OK', ${times},
       ${span("0000000000000001", "call", `"mlflow.spanType": "\\"LLM\\"", ${io}, ${usage}`)}, 0.001, 0.002, 0.003,
       'model-' || i % 3, 'openai' ${from}`,
    `INSERT INTO assessments (assessment_id, trace_id, name, assessment_type, value, created_timestamp,
       last_updated_timestamp, source_type, source_id, valid, experiment_id, trace_timestamp_ms, is_numeric_value, aggregate_value)
     SELECT 'a-' || md5(i::text), ${id}, 'correct', 'feedback', 'true', ${time}, ${time}, 'HUMAN', 'u', true, ${experiment}, ${time}, false, 1
     FROM generate_series(${first}, ${last}, 20) i`,
  ];
}

const some = () => idOf(Math.floor(Math.random() * traces));

/** The page's list: the newest of the last week. */
const search =
  (max_results: number) =>
  ({ experiment, now, ...to }: Filled) =>
    call(to, "POST", "/api/3.0/mlflow/traces/search", {
      locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }],
      filter: `attributes.timestamp_ms > ${now - 7 * day} AND attributes.timestamp_ms < ${now}`,
      order_by: ["timestamp DESC"],
      max_results,
    });

const percentiles = [50, 90, 99].map((percentile_value) => ({ aggregation_type: "PERCENTILE", percentile_value }));
const aggregated = (aggregation_type: string) => [{ aggregation_type }];
const daily = { time_interval_seconds: day / 1000 };
const byModel = { view_type: "SPANS", metric_name: "total_cost", dimensions: ["span_model_name"] };

/** What the page of usage asks at once. */
const usagePage: object[] = [
  { metric_name: "trace_count", aggregations: aggregated("COUNT"), ...daily },
  { metric_name: "trace_count", aggregations: aggregated("COUNT"), dimensions: ["trace_status"], ...daily },
  { metric_name: "latency", aggregations: percentiles, ...daily },
  { metric_name: "latency", aggregations: aggregated("AVG") },
  ...["input_tokens", "output_tokens", "total_tokens"].map((metric_name) => ({
    metric_name,
    aggregations: aggregated("SUM"),
    ...daily,
  })),
  { metric_name: "total_tokens", aggregations: percentiles, ...daily },
  { metric_name: "total_tokens", aggregations: aggregated("AVG") },
  { ...byModel, aggregations: aggregated("SUM") },
  { ...byModel, aggregations: aggregated("SUM"), ...daily },
];

const metrics = ({ experiment, now, ...to }: Filled) =>
  Promise.all(
    usagePage.map((query) =>
      call(to, "POST", "/api/3.0/mlflow/traces/metrics", {
        view_type: "TRACES",
        experiment_ids: [experiment],
        start_time_ms: now - days * day,
        end_time_ms: now,
        ...query,
      }),
    ),
  );

export const traceReads: Record<string, (filled: Filled) => Promise<unknown>> = {
  get: ({ experiment: _, now: __, ...to }) => call(to, "GET", `/api/3.0/mlflow/traces/get?trace_id=${some()}`),
  "batch-get-10": ({ experiment: _, now: __, ...to }) =>
    call(
      to,
      "GET",
      `/api/3.0/mlflow/traces/batchGet?${numbers(10)
        .map(() => `trace_ids=${some()}`)
        .join("&")}`,
    ),
  "search-25": search(25),
  "search-100": search(100),
  metrics,
};
