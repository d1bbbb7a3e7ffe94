import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";

const reason = "Scorers are not served by this app.";

export default [
  ...notImplemented(
    reason,
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
    "Scorers and evaluations are not run by this app: it never calls model providers.",
    `
      POST 3.0/mlflow/genai/evaluate/invoke
      POST 3.0/mlflow/scorer/invoke
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(reason, "GET 3.0/mlflow/scorers/list", { only: "api" }),
  ...forPage({
    "GET 3.0/mlflow/scorers/list": {},
  }),
];
