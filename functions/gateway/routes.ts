import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";

const reason = "The AI gateway is not served: this app never calls model providers.";

export default [
  ...notImplemented(
    reason,
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
    reason,
    `
      POST /ajax-api/2.0/mlflow/gateway-proxy
      GET /gateway/**
      POST /gateway/**
    `,
  ),
  ...notImplemented(
    reason,
    `
      GET 3.0/mlflow/gateway/provider-config
      GET 3.0/mlflow/gateway/secrets/config
      GET 3.0/mlflow/gateway/supported-models
      GET 3.0/mlflow/gateway/supported-providers
    `,
    { only: "ajax-api" },
  ),
  ...forPage({
    "GET 2.0/mlflow/gateway-proxy": { endpoints: [] },
  }),
];
