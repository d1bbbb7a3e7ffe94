import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";

const reason = "Traces and their assessments are not served by this app.";

export default [
  ...notImplemented(
    reason,
    `
      POST 2.0/mlflow/traces
      PATCH 2.0/mlflow/traces/:request_id
      GET 2.0/mlflow/traces/:request_id/info
      DELETE 2.0/mlflow/traces/:request_id/tags
      PATCH 2.0/mlflow/traces/:request_id/tags
      POST 2.0/mlflow/traces/delete-traces
      POST 2.0/mlflow/traces/link-prompts
      POST 2.0/mlflow/traces/link-to-run
      POST 3.0/mlflow/traces
      GET 3.0/mlflow/traces/:trace_id
      POST 3.0/mlflow/traces/:trace_id/assessments
      DELETE 3.0/mlflow/traces/:trace_id/assessments/:assessment_id
      GET 3.0/mlflow/traces/:trace_id/assessments/:assessment_id
      PATCH 3.0/mlflow/traces/:trace_id/assessments/:assessment_id
      DELETE 3.0/mlflow/traces/:trace_id/tags
      PATCH 3.0/mlflow/traces/:trace_id/tags
      GET 3.0/mlflow/traces/batchGet
      POST 3.0/mlflow/traces/batchGetInfos
      POST 3.0/mlflow/traces/calculate-filter-correlation
      POST 3.0/mlflow/traces/delete-traces
      GET 3.0/mlflow/traces/get
    `,
  ),
  ...notImplemented(
    reason,
    `
      GET 2.0/mlflow/get-trace-artifact
      GET 3.0/mlflow/get-trace-artifact
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(
    "The demo is not served: it is made of traces.",
    `
      POST 3.0/mlflow/demo/delete
      POST 3.0/mlflow/demo/generate
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(reason, "POST /v1/traces"),
  ...notImplemented(
    reason,
    `
      GET 2.0/mlflow/traces
      POST 3.0/mlflow/traces/search
      POST 3.0/mlflow/traces/metrics
    `,
    { only: "api" },
  ),
  ...forPage({
    "GET 2.0/mlflow/traces": {},
    "POST 3.0/mlflow/traces/search": {},
    "POST 3.0/mlflow/traces/metrics": {},
  }),
];
