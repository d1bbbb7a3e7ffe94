import { notImplemented } from "../../shared/platform/http/route.ts";

const traces = "Traces and their assessments are not served by this app.";
const gateway = "The AI gateway is not served: this app never calls model providers.";
const jobs = "Jobs are not served: this app runs none.";

/** Routes that stock serves and this app does not: each answers 501 with a reason. */
export const notServed = [
  ...notImplemented(
    traces,
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
    "Webhooks are not served: this app has no worker that would deliver them.",
    `
      GET 2.0/mlflow/webhooks
      POST 2.0/mlflow/webhooks
      DELETE 2.0/mlflow/webhooks/:webhook_id
      GET 2.0/mlflow/webhooks/:webhook_id
      PATCH 2.0/mlflow/webhooks/:webhook_id
      POST 2.0/mlflow/webhooks/:webhook_id/test
    `,
  ),
  ...notImplemented(
    "Evaluation datasets are not served by this app.",
    `
      DELETE 3.0/mlflow/datasets/:dataset_id
      GET 3.0/mlflow/datasets/:dataset_id
      POST 3.0/mlflow/datasets/:dataset_id/add-experiments
      GET 3.0/mlflow/datasets/:dataset_id/experiment-ids
      DELETE 3.0/mlflow/datasets/:dataset_id/records
      GET 3.0/mlflow/datasets/:dataset_id/records
      POST 3.0/mlflow/datasets/:dataset_id/records
      POST 3.0/mlflow/datasets/:dataset_id/remove-experiments
      PATCH 3.0/mlflow/datasets/:dataset_id/tags
      DELETE 3.0/mlflow/datasets/:dataset_id/tags/:key
      POST 3.0/mlflow/datasets/create
      GET 3.0/mlflow/datasets/search
    `,
  ),
  ...notImplemented(
    gateway,
    `
      POST 3.0/mlflow/gateway/budgets/create
      DELETE 3.0/mlflow/gateway/budgets/delete
      GET 3.0/mlflow/gateway/budgets/get
      GET 3.0/mlflow/gateway/budgets/list
      POST 3.0/mlflow/gateway/budgets/update
      GET 3.0/mlflow/gateway/budgets/windows
      POST 3.0/mlflow/gateway/endpoints/bindings/create
      DELETE 3.0/mlflow/gateway/endpoints/bindings/delete
      GET 3.0/mlflow/gateway/endpoints/bindings/list
      POST 3.0/mlflow/gateway/endpoints/create
      DELETE 3.0/mlflow/gateway/endpoints/delete
      DELETE 3.0/mlflow/gateway/endpoints/delete-tag
      GET 3.0/mlflow/gateway/endpoints/get
      GET 3.0/mlflow/gateway/endpoints/list
      POST 3.0/mlflow/gateway/endpoints/models/attach
      POST 3.0/mlflow/gateway/endpoints/models/detach
      POST 3.0/mlflow/gateway/endpoints/set-tag
      POST 3.0/mlflow/gateway/endpoints/update
      POST 3.0/mlflow/gateway/guardrails/add-to-endpoint
      POST 3.0/mlflow/gateway/guardrails/create
      DELETE 3.0/mlflow/gateway/guardrails/delete
      GET 3.0/mlflow/gateway/guardrails/get
      GET 3.0/mlflow/gateway/guardrails/list
      GET 3.0/mlflow/gateway/guardrails/list-for-endpoint
      DELETE 3.0/mlflow/gateway/guardrails/remove-from-endpoint
      PATCH 3.0/mlflow/gateway/guardrails/update-config
      POST 3.0/mlflow/gateway/model-definitions/create
      DELETE 3.0/mlflow/gateway/model-definitions/delete
      GET 3.0/mlflow/gateway/model-definitions/get
      GET 3.0/mlflow/gateway/model-definitions/list
      POST 3.0/mlflow/gateway/model-definitions/update
      POST 3.0/mlflow/gateway/secrets/create
      DELETE 3.0/mlflow/gateway/secrets/delete
      GET 3.0/mlflow/gateway/secrets/get
      GET 3.0/mlflow/gateway/secrets/list
      POST 3.0/mlflow/gateway/secrets/update
    `,
  ),
  ...notImplemented(
    "Issues found in traces are not served by this app.",
    `
      POST 3.0/mlflow/issues
      GET 3.0/mlflow/issues/:issue_id
      PATCH 3.0/mlflow/issues/:issue_id
    `,
  ),
  ...notImplemented(
    "Label schemas for traces are not served by this app.",
    `
      POST 3.0/mlflow/label-schemas/create
      DELETE 3.0/mlflow/label-schemas/delete
      GET 3.0/mlflow/label-schemas/get
      GET 3.0/mlflow/label-schemas/get-by-name
      GET 3.0/mlflow/label-schemas/list
      PATCH 3.0/mlflow/label-schemas/update
    `,
  ),
  ...notImplemented(
    "Prompt optimization is not served: this app runs no jobs.",
    `
      POST 3.0/mlflow/prompt-optimization/jobs
      DELETE 3.0/mlflow/prompt-optimization/jobs/:job_id
      GET 3.0/mlflow/prompt-optimization/jobs/:job_id
      POST 3.0/mlflow/prompt-optimization/jobs/:job_id/cancel
      GET 3.0/mlflow/prompt-optimization/jobs/search
      POST 3.0/mlflow/prompt-optimization/jobs/search
    `,
  ),
  ...notImplemented(
    "Review queues for traces are not served by this app.",
    `
      POST 3.0/mlflow/review-queues/create
      POST 3.0/mlflow/review-queues/delete
      GET 3.0/mlflow/review-queues/get
      GET 3.0/mlflow/review-queues/get-by-name
      POST 3.0/mlflow/review-queues/get-or-create-user
      POST 3.0/mlflow/review-queues/items/add
      GET 3.0/mlflow/review-queues/items/list
      POST 3.0/mlflow/review-queues/items/remove
      POST 3.0/mlflow/review-queues/items/set-status
      GET 3.0/mlflow/review-queues/list
      POST 3.0/mlflow/review-queues/update
    `,
  ),
  ...notImplemented(
    "Scorers are not served by this app.",
    `
      DELETE 3.0/mlflow/scorers/delete
      GET 3.0/mlflow/scorers/get
      PUT 3.0/mlflow/scorers/online-config
      GET 3.0/mlflow/scorers/online-configs
      POST 3.0/mlflow/scorers/register
      GET 3.0/mlflow/scorers/versions
    `,
  ),
  ...notImplemented(
    "Workspaces are not served: this app serves the default workspace.",
    `
      GET 3.0/mlflow/workspaces
      POST 3.0/mlflow/workspaces
      DELETE 3.0/mlflow/workspaces/:workspace_name
      GET 3.0/mlflow/workspaces/:workspace_name
      PATCH 3.0/mlflow/workspaces/:workspace_name
    `,
  ),
  ...notImplemented(
    traces,
    `
      GET 2.0/mlflow/get-trace-artifact
      GET 3.0/mlflow/get-trace-artifact
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(traces, "POST /v1/traces"),
  // The page gets an empty answer (unused-services.ts); clients get 501.
  ...notImplemented(
    "Traces, evaluation datasets, scorers and issues are not served by this app.",
    `
      GET 2.0/mlflow/traces
      POST 3.0/mlflow/traces/search
      POST 3.0/mlflow/traces/metrics
      POST 3.0/mlflow/datasets/search
      GET 3.0/mlflow/scorers/list
      POST 3.0/mlflow/issues/search
    `,
    { only: "api" },
  ),
  ...notImplemented(
    gateway,
    `
      POST /ajax-api/2.0/mlflow/gateway-proxy
      GET /gateway/**
      POST /gateway/**
    `,
  ),
  ...notImplemented(
    jobs,
    `
      POST /ajax-api/3.0/jobs
      POST /ajax-api/3.0/jobs/search
      PATCH /ajax-api/3.0/jobs/cancel/:job_id
      GET /ajax-api/3.0/jobs/:job_id
    `,
  ),
  ...notImplemented(
    "The assistant is not served: this app never calls model providers.",
    `
      GET /ajax-api/3.0/mlflow/assistant/**
      POST /ajax-api/3.0/mlflow/assistant/**
      PUT /ajax-api/3.0/mlflow/assistant/**
      PATCH /ajax-api/3.0/mlflow/assistant/**
    `,
  ),
  // Stock serves these to its page only.
  ...notImplemented(
    gateway,
    `
      GET 3.0/mlflow/gateway/provider-config
      GET 3.0/mlflow/gateway/secrets/config
      GET 3.0/mlflow/gateway/supported-models
      GET 3.0/mlflow/gateway/supported-providers
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(
    "Scorers, evaluations and the search for issues are not run by this app: it never calls model providers.",
    `
      POST 3.0/mlflow/genai/evaluate/invoke
      POST 3.0/mlflow/issues/invoke
      POST 3.0/mlflow/issues/schedule/state
      POST 3.0/mlflow/scorer/invoke
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(
    jobs,
    `
      GET 3.0/mlflow/jobs/:job_id
      PATCH 3.0/mlflow/jobs/cancel/:job_id
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
  ...notImplemented(
    "The MCP server and skill registries are not served by this app.",
    ["mcp-servers", "skills"]
      .flatMap((registry) => [
        ...["GET", "POST"].map((method) => `${method} 3.0/mlflow/${registry}`),
        ...["GET", "POST", "PATCH", "DELETE"].map((method) => `${method} 3.0/mlflow/${registry}/**`),
      ])
      .join("\n"),
  ),
];
