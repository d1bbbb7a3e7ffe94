import { notImplemented } from "../../shared/platform/http/not-served.ts";

export default notImplemented(
  "Prompt optimization is not served: this app runs no jobs.",
  `
    POST 3.0/mlflow/prompt-optimization/jobs
    DELETE 3.0/mlflow/prompt-optimization/jobs/:job_id
    GET 3.0/mlflow/prompt-optimization/jobs/:job_id
    POST 3.0/mlflow/prompt-optimization/jobs/:job_id/cancel
    GET 3.0/mlflow/prompt-optimization/jobs/search
    POST 3.0/mlflow/prompt-optimization/jobs/search
  `,
);
