import { besideStock } from "./beside-stock.ts";

const get = "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0";
const missing = "/ajax-api/2.0/mlflow/experiments/get?experiment_id=987654321";
const create = { method: "POST", path: "/ajax-api/2.0/mlflow/experiments/create" };
const preflight = { method: "OPTIONS", path: create.path };
const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { origin, ...more } });
const asking = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };

const pages = ["/", "/static-files/favicon.ico", "/static-files/lib/notebook-trace-renderer/index.html"];

besideStock("security headers as a stock server's", {}, [
  ...[...pages, get, missing, "/health", "/version", "/ajax-api/3.0/mlflow/server-info"].map((path) => ({ path })),
  { path: get, ...from("http://localhost:3000") },
  { path: missing, ...from("http://localhost:3000") },
  { path: get, ...from("https://evil.example") },
  { ...create, ...from("https://evil.example") },
  { ...preflight, ...from("http://localhost:3000", asking) },
  { path: "/", headers: { host: "evil.example" } },
  { path: get, headers: { host: "evil.example" } },
  { path: "/health", headers: { host: "evil.example" } },
]);
