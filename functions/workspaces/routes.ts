import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
  "Workspaces are not served: this app serves the default workspace.",
  `
    GET 3.0/mlflow/workspaces
    POST 3.0/mlflow/workspaces
    DELETE 3.0/mlflow/workspaces/:workspace_name
    GET 3.0/mlflow/workspaces/:workspace_name
    PATCH 3.0/mlflow/workspaces/:workspace_name
  `,
);
