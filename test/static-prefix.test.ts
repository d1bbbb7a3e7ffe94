import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../shared/platform/config.ts";
import { unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination } from "./support/artifacts.ts";

let app: App;
beforeAll(async () => {
  app = await startApp({ MLFLOW_STATIC_PREFIX: "/team/mlflow", ...aDestination() });
});
afterAll(() => app.close());

const prefix = "/team/mlflow";

describe("MLFLOW_STATIC_PREFIX", () => {
  it("is what all paths begin with", async () => {
    for (const path of ["/health", "/version", "/api/3.0/mlflow/server-info", "/"])
      expect([path, (await app.request("GET", prefix + path)).status]).toEqual([path, 200]);
    for (const path of ["/health", "/", "/api/3.0/mlflow/server-info", "/team/health", "/team/mlflowish/health"])
      expect([path, (await app.request("GET", path)).status]).toEqual([path, 404]);
  });

  it("leads to the page without its closing slash too", async () => {
    const { status, headers } = await app.request("GET", prefix);
    expect([status, headers.get("location")]).toEqual([308, `${prefix}/`]);
  });

  it("serves what is written and read, artifacts too", async () => {
    const { body } = await app.post(`${prefix}/api/2.0/mlflow/experiments/create`, { name: unique("prefixed") });
    const found = await app.get(`${prefix}/ajax-api/2.0/mlflow/experiments/get`, { experiment_id: body.experiment_id });
    expect(found.status).toBe(200);
    const client = new ArtifactsClient(app.url + prefix);
    await client.upload("folder", "a b.txt", Buffer.from("text"), 100);
    expect((await client.download("folder/a b.txt")).toString()).toBe("text");
    expect((await app.get(`${prefix}/static-files/nope.js`)).status).toBe(404);
  });

  it("does not open a way around the checks of Host and Origin", async () => {
    const headers = { origin: "https://evil.example", "content-type": "application/json" };
    const answer = await app.request("POST", `${prefix}/api/2.0/mlflow/experiments/create`, { headers, body: "{}" });
    expect([answer.status, answer.text]).toEqual([403, "Cross-origin request blocked"]);
  });

  it.each(["mlflow", "/mlflow/", "/ml flow", "/{path}"])("is refused as %s", (value) => {
    expect(() => parseConfig({ MLFLOW_STATIC_PREFIX: value })).toThrow("MLFLOW_STATIC_PREFIX must begin with a slash");
  });
});
