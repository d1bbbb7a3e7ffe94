/** One input of each route that sends SQL, for `npm run sql`. */

const trace_id = "tr-0123456789abcdef0123456789abcdef";
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
  "GET traces/:request_id/info": { input: { request_id: trace_id } },
  "GET traces/:trace_id": { input: { trace_id } },
  "POST traces/batchGetInfos": { input: { trace_ids: [trace_id], experiment_ids: ["1"] } },
};
