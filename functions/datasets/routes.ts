import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";

const reason = "Evaluation datasets are not served by this app.";

export default [
  ...notImplemented(
    reason,
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
  ...notImplemented(reason, "POST 3.0/mlflow/datasets/search", { only: "api" }),
  ...forPage({
    "POST 3.0/mlflow/datasets/search": {},
  }),
];
