/** One input of each route that sends SQL, for `npm run sql`. */

const trace_id = "tr-0123456789abcdef0123456789abcdef";
const assessment_id = "a-0123456789abcdef0123456789abcdef";
const tag = { key: "team", value: "vision" };

export const examples = {
  "POST 3.0/traces": {
    input: {
      trace: {
        trace_info: {
          trace_id,
          trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "1" } },
          request_time: "2023-11-14T22:13:20Z",
          execution_duration: "1.5s",
          state: "OK",
          request_preview: "What?",
          trace_metadata: {
            "mlflow.trace.session": "s",
            "mlflow.trace.tokenUsage": '{"input_tokens": 3}',
            team: "vision",
          },
          tags: { "mlflow.traceName": "answer", team: "vision" },
          assessments: [{ assessment_name: "good", feedback: { value: true } }],
        },
      },
    },
  },
  "POST 2.0/traces": {
    input: { experiment_id: "1", timestamp_ms: 1_700_000_000_000, request_metadata: [tag], tags: [tag] },
  },
  "PATCH traces/:request_id": {
    input: {
      request_id: trace_id,
      timestamp_ms: 1_700_000_000_005,
      status: "OK",
      request_metadata: [{ key: "mlflow.trace.session", value: "s" }],
      tags: [{ key: "mlflow.traceName", value: "answer" }, tag],
    },
  },
  "PATCH traces/:trace_id/tags": { input: { trace_id, ...tag } },
  "PATCH traces/:request_id/tags": { input: { request_id: trace_id, key: "mlflow.traceName", value: "answer" } },
  "DELETE traces/:trace_id/tags": { input: { trace_id, key: tag.key } },
  "DELETE traces/:request_id/tags": { input: { request_id: trace_id, key: "mlflow.traceName" } },
  "POST traces/link-to-run": { input: { trace_ids: [trace_id], run_id: "0123456789abcdef0123456789abcdef" } },
  "POST traces/link-prompts": { input: { trace_id, prompt_versions: [{ name: "greeting", version: "1" }] } },
  "POST 3.0/traces/delete-traces": { input: { experiment_id: "1", request_ids: [trace_id] } },
  "POST 2.0/traces/delete-traces": {
    input: { experiment_id: "1", max_timestamp_millis: 1_700_000_000_000, max_traces: 100 },
  },
  "POST traces/:trace_id/assessments": {
    input: {
      trace_id,
      assessment: { assessment_name: "good", feedback: { value: "yes" }, overrides: assessment_id },
    },
  },
  "GET traces/:trace_id/assessments/:assessment_id": { input: { trace_id, assessment_id } },
  "PATCH traces/:trace_id/assessments/:assessment_id": {
    input: {
      trace_id,
      assessment_id,
      assessment: { assessment_name: "better", feedback: { value: 1 }, rationale: "why", metadata: { by: "me" } },
      update_mask: "assessmentName,feedback,rationale,metadata",
    },
  },
  "DELETE traces/:trace_id/assessments/:assessment_id": { input: { trace_id, assessment_id } },
  "GET traces/:request_id/info": { input: { request_id: trace_id } },
  "GET traces/get": { input: { trace_id } },
  "GET traces/batchGet": { input: { trace_ids: [trace_id] } },
  "GET 2.0/get-trace-artifact": { input: { request_id: trace_id } },
  "GET 3.0/get-trace-artifact": {
    input: { request_id: trace_id, path: "7d5a1a3e-0c1f-4f3e-9a52-64d0e3a4d111" },
  },
  "GET traces/:trace_id": { input: { trace_id } },
  "POST traces/search": {
    input: {
      locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "1" } }],
      filter:
        "attributes.timestamp_ms > 1700000000000 AND tags.team = 'vision' AND span.type = 'LLM' AND trace.text ILIKE '%hi%' " +
        "AND feedback.good = 'yes' AND run_id = '0123456789abcdef0123456789abcdef'",
      max_results: 25,
      order_by: ["timestamp DESC"],
    },
  },
  "GET traces": { input: { experiment_ids: ["1"] } },
  "POST traces/batchGetInfos": { input: { trace_ids: [trace_id], experiment_ids: ["1"] } },
  "POST traces/metrics": {
    input: {
      experiment_ids: ["1"],
      view_type: "TRACES",
      metric_name: "latency",
      aggregations: [{ aggregation_type: "AVG" }, { aggregation_type: "PERCENTILE", percentile_value: 99 }],
      dimensions: ["trace_name"],
      filters: ["trace.metadata.`mlflow.sourceRun` = '0123456789abcdef0123456789abcdef'"],
      time_interval_seconds: 86_400,
      start_time_ms: 1_700_000_000_000,
      end_time_ms: 1_702_592_000_000,
    },
  },
  "POST traces/calculate-filter-correlation": {
    input: {
      experiment_ids: ["1"],
      filter_string1: "status = 'ERROR'",
      filter_string2: "tags.team = 'vision'",
      base_filter: "timestamp > 1700000000000",
    },
  },
};
