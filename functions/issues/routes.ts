import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";

const reason = "Issues found in traces are not served by this app.";

export default [
  ...notImplemented(
    reason,
    `
      POST 3.0/mlflow/issues
      GET 3.0/mlflow/issues/:issue_id
      PATCH 3.0/mlflow/issues/:issue_id
    `,
  ),
  ...notImplemented(
    "The search for issues is not run by this app: it never calls model providers.",
    `
      POST 3.0/mlflow/issues/invoke
      POST 3.0/mlflow/issues/schedule/state
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(reason, "POST 3.0/mlflow/issues/search", { only: "api" }),
  ...forPage({
    "POST 3.0/mlflow/issues/search": {},
  }),
];
