import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";
import { send } from "./support/raw.ts";
import { loadedApp } from "./support/worker.ts";

const info = "/api/3.0/mlflow/server-info";
const refused = ["/version", info, "/api/2.0/mlflow/experiments/get?experiment_id=0"];

describe("an app on all addresses, without sign-in", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({}, "0.0.0.0");
  });
  afterAll(() => app.close());

  it("serves only its health, whatever Host it is told", async () => {
    expect((await app.request("GET", "/health")).status).toBe(200);
    for (const path of refused) {
      const { status, body } = await app.request("GET", path, { headers: { host: "localhost" } });
      expect(status).toBe(403);
      expect(body.error_code).toBe("PERMISSION_DENIED");
      expect(body.message).toContain("MLFLOW_FUNCTIONS_AUTH=none");
    }
    expect(app.lines.filter((line) => line.includes("MLFLOW_FUNCTIONS_AUTH=none"))).toHaveLength(1);
  });
});

describe("an app under a host that does not tell where it listens", () => {
  it("serves only its health, whatever the environment says", async () => {
    process.env.MLFLOW_FUNCTIONS_HOST = "127.0.0.1";
    const app = await loadedApp();
    expect((await app.call("/health", { host: "localhost" })).status).toBe("200");
    for (const path of refused) {
      const { status, text } = await app.call(path, { host: "localhost" });
      expect(status).toBe("403");
      expect(text).toContain("MLFLOW_FUNCTIONS_AUTH=none");
    }
  });
});

// What this sets stays in the environment of the apps after it, so that it is taken out again.
describe("an app that runs in Azure, whatever address it listens on", () => {
  const origin = "http://localhost:3000";
  const inAzure = (env: Record<string, string> = {}) => startApp({ WEBSITE_INSTANCE_ID: "an instance", ...env });
  afterEach(() => {
    delete process.env.WEBSITE_INSTANCE_ID;
    delete process.env.MLFLOW_FUNCTIONS_AUTH;
  });

  it("serves only its health without sign-in", async () => {
    const app = await inAzure();
    try {
      expect((await app.request("GET", "/health")).status).toBe(200);
      for (const path of refused) {
        const { status, body } = await app.request("GET", path);
        expect([status, body.error_code]).toEqual([403, "PERMISSION_DENIED"]);
      }
    } finally {
      await app.close();
    }
  });

  it("serves everyone where it is told to, and pages of the user's machine without credentials", async () => {
    const app = await inAzure({ MLFLOW_FUNCTIONS_AUTH: "none" });
    try {
      const { status, headers } = await app.request("GET", info, { headers: { origin } });
      expect([status, headers.get("access-control-allow-origin")]).toEqual([200, origin]);
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    } finally {
      await app.close();
    }
  });
});

describe("an app on all addresses, for everyone", () => {
  const listed = "https://ui.example.com";
  let app: App;
  beforeAll(async () => {
    const env = {
      MLFLOW_FUNCTIONS_AUTH: "none",
      MLFLOW_SERVER_ALLOWED_HOSTS: "127.0.0.1:*, 10.*",
      MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: listed,
    };
    app = await startApp(env, "0.0.0.0");
  });
  afterAll(() => app.close());

  it("lets pages of the user's machine in without credentials, and those it was told of with them", async () => {
    const credentials = async (origin: string) => {
      const { status, headers } = await app.request("GET", info, { headers: { origin } });
      expect([status, headers.get("access-control-allow-origin")]).toEqual([200, origin]);
      return headers.get("access-control-allow-credentials");
    };
    expect(await credentials("http://localhost:3000")).toBeNull();
    expect(await credentials(listed)).toBe("true");
  });

  it("takes a pattern of addresses for addresses only", async () => {
    const withHost = (host: string) =>
      send(app.url, `GET ${info} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await withHost("10.1.2.3")).toMatch(/^HTTP\/1.1 200/);
    expect(await withHost("10.evil.com")).toMatch(/^HTTP\/1.1 403/);
  });
});
