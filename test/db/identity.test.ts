import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { anEmptyDatabase, closeDatabases } from "./databases.ts";

let app: App;
let endpoint: Server;
let database: Awaited<ReturnType<typeof anEmptyDatabase>>;
const asked: string[] = [];

beforeAll(async () => {
  database = await anEmptyDatabase();
  await database.pool.query("CREATE SCHEMA tracking");
  const { port, pathname, password } = new URL(database.uri);
  // The managed identity's endpoint of Azure Functions; the token it gives is the user's password here.
  endpoint = createServer((request, response) => {
    asked.push(request.url!);
    const expires_on = Math.floor(Date.now() / 1000) + 3600;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token: password, expires_on, token_type: "Bearer", resource: "x" }));
  });
  await new Promise<void>((done) => endpoint.listen(0, "127.0.0.1", done));
  const options = "options=-csearch_path%3Dtracking&hostaddr=127.0.0.1&sslmode=disable";
  app = await startApp({
    IDENTITY_ENDPOINT: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`,
    IDENTITY_HEADER: "header",
    MLFLOW_BACKEND_STORE_URI: `postgresql://mlflow@mlflow.postgres.database.azure.com:${port}${pathname}?${options}`,
  });
});
afterAll(async () => {
  await app.close();
  await closeDatabases();
  endpoint.close();
});

it("a sign-in by identity keeps the URI's parameters", async () => {
  const created = await app.post("/api/2.0/mlflow/experiments/create", { name: "by identity" });
  expect(created.status).toBe(200);
  expect(asked[0]).toContain("ossrdbms-aad.database.windows.net");
  const { rows } = await database.pool.query(
    "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1",
  );
  expect(rows.map(({ schemaname }) => schemaname)).toContain("tracking");
  expect(rows.map(({ schemaname }) => schemaname)).not.toContain("public");
  const { rows: experiments } = await database.pool.query("SELECT name FROM tracking.experiments ORDER BY 1");
  expect(experiments).toEqual([{ name: "Default" }, { name: "by identity" }]);
});
