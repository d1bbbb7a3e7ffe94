import { randomUUID } from "node:crypto";
import { anExperiment } from "./factories.ts";
import type { App } from "./support/app.ts";

/** The body that starts a trace in an experiment. */
export const started = (experiment_id: string, fields: object) => ({
  trace: {
    trace_info: {
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } },
      request_time: "2023-11-14T22:13:20Z",
      execution_duration: "0.005s",
      state: "OK",
      ...fields,
    },
  },
});

/** Starts a trace, in an experiment of its own unless one is given, and answers its id. */
export async function aTrace(app: App, given: Record<string, unknown> & { experiment?: string } = {}): Promise<string> {
  const { experiment, ...fields } = given;
  const trace_id = `tr-${randomUUID().replaceAll("-", "")}`;
  const body = started(experiment ?? (await anExperiment(app)), { trace_id, ...fields });
  const answer = await app.post("/api/3.0/mlflow/traces", body);
  return answer.body.trace.trace_info.trace_id;
}

/** The trace as `GET 3.0/traces/:id` answers it. */
export async function theTrace(app: App, id: string) {
  const { body } = await app.get(`/api/3.0/mlflow/traces/${encodeURIComponent(id)}`);
  return body.trace.trace_info;
}

/** The content of a span as a stock server stores it. */
export const aSpan = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({
    trace_id: "hWitSZujuAqHCWIkeKuSJQ==",
    span_id: "kMPw6pnsUIc=",
    parent_span_id: null,
    name: "root",
    kind: "SPAN_KIND_INTERNAL",
    start_time_unix_nano: 0,
    end_time_unix_nano: 0,
    events: [],
    status: { code: "STATUS_CODE_OK", message: "" },
    attributes: { "mlflow.spanInputs": '{"q": "ü", "n": 1, "d": 2.0}' },
    links: [],
    ...fields,
  })
    // More digits than JSON.stringify keeps.
    .replace(/("(?:start|end)_time_unix_nano":)\d+/g, "$11795834980101937187");

/** What `aSpan` is in the answers about a trace, as text. */
export const theSpan =
  '{"trace_id":"hWitSZujuAqHCWIkeKuSJQ==","span_id":"kMPw6pnsUIc=","name":"root","kind":"SPAN_KIND_INTERNAL",' +
  '"start_time_unix_nano":1795834980101937187,"end_time_unix_nano":1795834980101937187,"attributes":[' +
  '{"key":"mlflow.spanInputs","value":{"kvlist_value":{"values":[{"key":"q","value":{"string_value":"ü"}},' +
  '{"key":"n","value":{"int_value":1}},{"key":"d","value":{"double_value":2.0}}]}}}],"status":{"code":"STATUS_CODE_OK"}}';

/** Puts spans into the database, as their export does. */
export async function storeSpans(app: App, trace: string, contents: string[]): Promise<void> {
  await app.db.query(
    `INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, status, start_time_unix_nano, content)
     SELECT request_id, experiment_id, 'span ' || n || random(), c::json->>'parent_span_id', c::json->>'name', 'OK', n, c
     FROM trace_info, unnest($2::text[]) WITH ORDINALITY AS s(c, n) WHERE request_id = $1`,
    [trace, contents],
  );
  await app.db.query(
    `INSERT INTO trace_tags VALUES ('mlflow.trace.spansLocation', 'TRACKING_STORE', $1) ON CONFLICT DO NOTHING`,
    [trace],
  );
}
