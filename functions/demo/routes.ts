import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default [
  ...notImplemented(
    "The demo is not served: this app makes no data up.",
    `
      POST 3.0/mlflow/demo/delete
      POST 3.0/mlflow/demo/generate
    `,
    { only: "ajax-api" },
  ),
];
