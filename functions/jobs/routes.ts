import { notImplemented } from "../../shared/platform/http/not-served.ts";

const reason = "Jobs are not served: this app runs none.";

export default [
  ...notImplemented(
    reason,
    `
      POST /ajax-api/3.0/jobs
      POST /ajax-api/3.0/jobs/search
      PATCH /ajax-api/3.0/jobs/cancel/:job_id
      GET /ajax-api/3.0/jobs/:job_id
    `,
  ),
  ...notImplemented(
    reason,
    `
      GET 3.0/mlflow/jobs/:job_id
      PATCH 3.0/mlflow/jobs/cancel/:job_id
    `,
    { only: "ajax-api" },
  ),
];
