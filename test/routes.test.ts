import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { allRoutes } from "../functions/main.ts";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import { pathsOf } from "../shared/platform/http/route.ts";

interface ContractRoute {
  method: string;
  path: string;
  ajax?: boolean;
}

/**
 * Outside the contract file: what the stock server adds by hand (mlflow/server/__init__.py) and its FastAPI routers.
 */
const outside = [
  "GET /health",
  "GET /version",
  "GET /",
  "GET /static-files/**",
  "GET /get-artifact",
  "GET /model-versions/get-artifact",
  "GET /ajax-api/2.0/mlflow/metrics/get-history-bulk",
  "POST /ajax-api/2.0/mlflow/experiments/search-datasets",
  "POST /ajax-api/2.0/mlflow/runs/create-promptlab-run",
  "GET /ajax-api/2.0/mlflow/gateway-proxy",
  "POST /ajax-api/2.0/mlflow/gateway-proxy",
  "POST /ajax-api/2.0/mlflow/upload-artifact",
  "GET /ajax-api/2.0/mlflow/get-trace-artifact",
  "GET /ajax-api/3.0/mlflow/get-trace-artifact",
  "GET /ajax-api/2.0/mlflow/logged-models/:/artifacts/files",
  "GET /ajax-api/3.0/mlflow/ui-telemetry",
  "POST /ajax-api/3.0/mlflow/ui-telemetry",
  "POST /v1/traces",
  "POST /ajax-api/3.0/jobs",
  "GET /gateway/**",
  "GET /ajax-api/3.0/mlflow/assistant/**",
  "GET /api/3.0/mlflow/mcp-servers",
  "GET /api/3.0/mlflow/skills",
  // For its page only (mlflow/server/handlers.py, get_gateway_endpoints and those after it).
  "GET /ajax-api/3.0/mlflow/gateway/provider-config",
  "GET /ajax-api/3.0/mlflow/gateway/secrets/config",
  "GET /ajax-api/3.0/mlflow/gateway/supported-models",
  "GET /ajax-api/3.0/mlflow/gateway/supported-providers",
  "POST /ajax-api/3.0/mlflow/demo/delete",
  "POST /ajax-api/3.0/mlflow/demo/generate",
  "POST /ajax-api/3.0/mlflow/genai/evaluate/invoke",
  "POST /ajax-api/3.0/mlflow/issues/invoke",
  "POST /ajax-api/3.0/mlflow/issues/schedule/state",
  "POST /ajax-api/3.0/mlflow/scorer/invoke",
  "GET /ajax-api/3.0/mlflow/jobs/:job_id",
  "PATCH /ajax-api/3.0/mlflow/jobs/cancel/:job_id",
];

/** In MLflow's protocol, and answered 404 by stock all the same. */
const unserved = ["/api/2.0/mlflow/get-online-trace-details", "/api/2.0/mlflow/unified-traces"];

/** A route with its parameters' names left out. */
const anonymous = (route: string) =>
  route
    .replace(/<path:\w+>/g, "**")
    .replace(/<\w+>/g, ":")
    .replace(/\*\*:\w+/g, "**")
    .replace(/:\w+/g, ":");

async function stockRoutes(): Promise<string[]> {
  const contract: { routes: ContractRoute[] } = JSON.parse(
    await readFile(`test/contract/mlflow-${mlflowVersion}.json`, "utf8"),
  );
  const listed = contract.routes.flatMap(({ method, path, ajax }) => {
    // Registered by the wheel without the slash, so that no client can call it.
    if (path === "/api/2.0mlflow/experiments/search-datasets" || unserved.includes(path)) return [];
    const paths = ajax ? [path, path.replace(/^\/api/, "/ajax-api")] : [path];
    return paths.flatMap((each) => method.split("|").map((one) => `${one} ${each}`));
  });
  return [...listed, ...outside].map(anonymous);
}

const ours = (await allRoutes()).flatMap((route) =>
  pathsOf(route).map((path) => ({ route, name: anonymous(`${route.method} ${path}`) })),
);

describe("the route tables", () => {
  it("hold every route of stock, served or with the reason why not", async () => {
    const names = new Set(ours.map(({ name }) => name));
    expect((await stockRoutes()).filter((route) => !names.has(route))).toEqual([]);
  });

  it("hold no route that stock does not have", async () => {
    const stock = new Set(await stockRoutes());
    const routers = /\/(gateway|jobs|assistant|mcp-servers|skills)(\/|$)/;
    expect(ours.map(({ name }) => name).filter((name) => !stock.has(name) && !routers.test(name))).toEqual([]);
  });

  it("declare each route once", () => {
    const names = ours.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("give a reason for each route that is not served", () => {
    for (const { route } of ours) if (route.notServed !== undefined) expect(route.notServed).toMatch(/^[A-Z].+\.$/);
  });
});
