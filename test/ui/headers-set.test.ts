import { besideStock } from "./beside-stock.ts";

const get = "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0";
const preflight = { method: "OPTIONS", path: "/ajax-api/2.0/mlflow/experiments/create" };
const team = { origin: "https://lab.team.example" };
const asking = { "access-control-request-method": "POST" };

besideStock(
  "security headers as a stock server's with settings of its own",
  {
    MLFLOW_SERVER_X_FRAME_OPTIONS: "deny",
    MLFLOW_SERVER_ALLOWED_HOSTS: "127.0.0.1:*,mlflow.team.example",
    MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: "https://lab.team.example",
  },
  [
    { path: "/" },
    { path: get },
    { path: get, headers: team },
    { path: get, headers: { origin: "https://other.team.example" } },
    { ...preflight, headers: { ...team, ...asking } },
    { path: get, headers: { host: "mlflow.team.example" } },
    { path: get, headers: { host: "localhost" } },
    { path: get, headers: { host: "mlflow.team.example.evil.example" } },
  ],
);
