import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
  "Webhooks are not served: this app has no worker that would deliver them.",
  `
    GET 2.0/mlflow/webhooks
    POST 2.0/mlflow/webhooks
    DELETE 2.0/mlflow/webhooks/:webhook_id
    GET 2.0/mlflow/webhooks/:webhook_id
    PATCH 2.0/mlflow/webhooks/:webhook_id
    POST 2.0/mlflow/webhooks/:webhook_id/test
  `,
);
