import { randomUUID } from "node:crypto";
import { type Recorded, requestsOf } from "./differential/request.ts";

const { get, post, patch, any } = requestsOf("one database", "/api/3.0/mlflow");
const v2 = requestsOf("one database", "/api/2.0/mlflow");
const hex = randomUUID().replaceAll("-", "");
const id = `tr-${hex}`;
const locations = [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "$exp" } }];
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const span = (spanId: string, name: string, more: object) => ({
  traceId: hex,
  spanId,
  name,
  startTimeUnixNano: "1700000000101937187",
  endTimeUnixNano: "1700000000512484081",
  ...more,
});

const spans = [
  span("00000000000000a1", "root", {
    status: { code: 1 },
    attributes: [text("mlflow.spanInputs", '{"q": "ü"}'), text("mlflow.trace.session", "talk")],
  }),
  span("00000000000000a2", "child", {
    parentSpanId: "00000000000000a1",
    status: { code: 2, message: "no answer" },
    attributes: [
      text("mlflow.spanType", "LLM"),
      text("mlflow.chat.tokenUsage", '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}'),
    ],
    events: [{ name: "said", timeUnixNano: "1700000000202000000", attributes: [text("text", "😀")] }],
  }),
];

const assessment = (assessment_name: string, value: object) => ({
  assessment: { assessment_name, source: { source_type: "HUMAN", source_id: "ada" }, ...value },
});

/** A trace with spans, assessments and links, in the experiment and the run that are there. */
export const traceWrites: Recorded[] = [
  any("spans", "POST", "/v1/traces", {
    headers: { "x-mlflow-experiment-id": "$exp" },
    body: { resourceSpans: [{ resource: { attributes: [text("service.name", "s")] }, scopeSpans: [{ spans }] }] },
  }),
  post("trace", "/traces", {
    trace: {
      trace_info: {
        trace_id: id,
        trace_location: locations[0],
        request_time: "2023-11-14T22:13:20.101Z",
        execution_duration: "0.411s",
        state: "OK",
        request_preview: "ü",
        trace_metadata: { "mlflow.trace.session": "talk", "mlflow.trace.user": "ada" },
        tags: { team: "blue" },
      },
    },
  }),
  post("trace without spans", "/traces", {
    trace: { trace_info: { trace_id: `${id}b`, trace_location: locations[0], state: "ERROR" } },
  }),
  post("feedback", `/traces/${id}/assessments`, assessment("score", { feedback: { value: 5 }, rationale: "gut" }), {
    save: { score: "assessment.assessment_id" },
  }),
  post("expectation", `/traces/${id}/assessments`, assessment("answer", { expectation: { value: { a: [1, "ü"] } } })),
  patch("change", `/traces/${id}/assessments/$score`, {
    assessment: { feedback: { value: 4 } },
    update_mask: "feedback",
  }),
  v2.patch("tag", `/traces/${id}/tags`, { key: "reviewed", value: "ja" }),
  v2.post("link", "/traces/link-to-run", { trace_ids: [id], run_id: "$run" }),
];

const search = (name: string, filter: string): Recorded =>
  post(`traces by ${name}`, "/traces/search", { locations, filter, order_by: ["timestamp_ms DESC"] });

export const traceReads: Recorded[] = [
  get("trace info", `/traces/${id}`),
  get("trace with spans", "/traces/get", { trace_id: id }),
  get("traces with spans", "/traces/batchGet", { trace_ids: [id] }),
  get("feedback", `/traces/${id}/assessments/$score`),
  any("content of spans", "GET", "/ajax-api/3.0/mlflow/get-trace-artifact", { query: { request_id: id } }),
  v2.get("second version", `/traces/${id}/info`),
  search("nothing", ""),
  search("status", "status = 'ERROR'"),
  search("tag", "tags.reviewed = 'ja'"),
  search("session", "metadata.`mlflow.trace.session` = 'talk'"),
  search("span", "span.type = 'LLM' AND span.status = 'ERROR'"),
  search("text", "trace.text ILIKE '%said%'"),
  search("feedback", "feedback.score > 3"),
  search("run", "run_id = '$run'"),
];
