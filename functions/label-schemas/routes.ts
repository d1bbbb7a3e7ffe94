import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
  "Label schemas for traces are not served by this app.",
  `
    POST 3.0/mlflow/label-schemas/create
    DELETE 3.0/mlflow/label-schemas/delete
    GET 3.0/mlflow/label-schemas/get
    GET 3.0/mlflow/label-schemas/get-by-name
    GET 3.0/mlflow/label-schemas/list
    PATCH 3.0/mlflow/label-schemas/update
  `,
);
