import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import { unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { send } from "./support/raw.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const info = "/api/3.0/mlflow/server-info";
const json = { "content-type": "application/json" };

describe("what every request meets", () => {
  it("answers health, version and server-info", async () => {
    expect(await app.request("GET", "/health")).toMatchObject({ status: 200, text: "OK" });
    const contract = JSON.parse(await readFile(`test/contract/mlflow-${mlflowVersion}.json`, "utf8"));
    expect(await app.request("GET", "/version")).toMatchObject({ status: 200, text: contract.mlflow });
    // The page learns of direct transfers only where Blob's CORS rules let it; here are none.
    for (const [prefix, direct] of [
      ["/api", true],
      ["/ajax-api", false],
    ]) {
      const { status, body } = await app.request("GET", `${prefix}/3.0/mlflow/server-info`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        store_type: "SqlStore",
        workspaces_enabled: false,
        artifacts_presigned_only: direct,
        multipart_uploads_enabled: direct,
        // A download is a link that the page follows.
        multipart_downloads_enabled: true,
      });
    }
  });

  it("answers 404 and 405 in MLflow's error JSON", async () => {
    const missing = await app.request("GET", "/api/2.0/mlflow/runs/nothing");
    expect(missing.status).toBe(404);
    expect(missing.body.error_code).toBe("ENDPOINT_NOT_FOUND");
    const method = await app.request("GET", "/api/2.0/mlflow/runs/create");
    expect(method.status).toBe(405);
    expect(method.headers.get("allow")).toBe("POST");
    expect((await app.request("POST", "/api/3.0/mlflow/runs/create", { body: "{}", headers: json })).status).toBe(404);
  });

  it("answers 501 with the reason where it does not serve", async () => {
    const { status, body } = await app.request("GET", "/api/3.0/mlflow/gateway/secrets/list");
    expect(status).toBe(501);
    expect(body).toEqual({
      error_code: "NOT_IMPLEMENTED",
      message: expect.stringContaining("The AI gateway is not served"),
    });
  });

  it("answers 501 to what stock serves to its page only, and 404 elsewhere and to what stock only declares", async () => {
    const paths = ["jobs/1", "gateway/supported-models", "gateway/secrets/config"];
    for (const path of paths) {
      expect((await app.request("GET", `/ajax-api/3.0/mlflow/${path}`)).status).toBe(501);
      expect((await app.request("GET", `/api/3.0/mlflow/${path}`)).status).toBe(404);
    }
    const invoke = await app.request("POST", "/ajax-api/3.0/mlflow/issues/invoke", { body: "{}", headers: json });
    expect(invoke).toMatchObject({ status: 501, body: { message: expect.stringContaining("issues") } });
    for (const path of ["get-online-trace-details", "unified-traces"])
      expect((await app.request("GET", `/api/2.0/mlflow/${path}`)).status).toBe(404);
  });

  it("sends stock's security headers", async () => {
    const { headers } = await app.request("GET", info);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
  });

  it("answers HEAD as GET without a body", async () => {
    expect(await app.request("HEAD", info)).toMatchObject({ status: 200, text: "" });
  });
});

describe("Host and Origin", () => {
  const withHost = (host: string) =>
    send(app.url, `GET ${info} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

  it.each(["localhost:5000", "127.0.0.1", "[::1]:7071", "10.1.2.3:80", "192.168.0.9", "172.20.1.1", "[fd00::1]:80"])(
    "serves the Host %s",
    async (host) => {
      expect(await withHost(host)).toMatch(/^HTTP\/1.1 200/);
    },
  );

  it.each([
    "evil.example",
    "10.evil.example",
    "192.168.0.9.evil.example",
    "172.40.1.1",
    "localhost.evil.example",
    "8.8.8.8",
  ])("refuses the Host %s, as in a DNS rebinding attack", async (host) => {
    const answer = await withHost(host);
    expect(answer).toMatch(/^HTTP\/1.1 403/);
    expect(answer).toContain("Invalid Host header");
  });

  it("blocks changes from other origins and lets localhost in", async () => {
    const create = (origin: string) =>
      app.request("POST", "/api/2.0/mlflow/experiments/create", {
        body: JSON.stringify({ name: unique("origin") }),
        headers: { ...json, origin },
      });
    expect(await create("https://evil.example")).toMatchObject({ status: 403, text: "Cross-origin request blocked" });
    const local = await create("http://localhost:3000");
    expect(local.status).toBe(200);
    expect(local.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    expect(local.headers.get("access-control-allow-credentials")).toBe("true");
    expect((await app.request("GET", info, { headers: { origin: "https://evil.example" } })).status).toBe(200);
  });

  it("answers a preflight", async () => {
    const headers = { origin: "http://localhost:3000", "access-control-request-method": "POST" };
    const answer = await app.request("OPTIONS", "/api/2.0/mlflow/runs/create", { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-methods")).toContain("PATCH");
  });
});
