import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
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
);
