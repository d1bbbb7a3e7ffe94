import { setTimeout as later } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, theRun } from "./factories.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { ArtifactsClient } from "./support/artifacts.ts";
import { anAzurite, type OwnAzurite } from "./support/azurite.ts";

let azurite: OwnAzurite;
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  azurite = await anAzurite();
  const storage = azurite.connectionString;
  app = await startApp({ AZURE_STORAGE_CONNECTION_STRING: storage, AzureWebJobsStorage: storage });
  client = new ArtifactsClient(app.url);
});
afterAll(async () => {
  await app.close();
  await azurite.stop();
});

const proxied = "/api/2.0/mlflow-artifacts/artifacts";

describe("storage that takes connections and answers nothing", () => {
  it("costs only what needs it, ends each call with 429, and loses nothing", async () => {
    const run_id = await aRun(app);
    const folder = (await theRun(app, run_id)).info.artifact_uri.replace("mlflow-artifacts:/", "");
    const upload = await client.upload(folder, "before.bin", Buffer.alloc(3_000, "x"), 1_000);
    const open = (await client.create(folder, "open.bin", 3)).json;
    azurite.freeze();
    let left = 0;
    const started = (work: Promise<Answer | { status: number; headers?: Headers }>) => {
      left += 1;
      return work.finally(() => {
        left -= 1;
      });
    };
    const stuck = [
      // More than may run at once: the rest waits.
      ...Array.from({ length: 18 }, () => started(app.get("/api/2.0/mlflow/artifacts/list", { run_id }))),
      started(app.get("/api/2.0/mlflow/artifacts/list", { run_id })),
      started(app.get(proxied, { path: folder })),
      started(app.request("GET", `${proxied}/${folder}/before.bin`)),
      started(client.call("GET", `/presigned/${folder}/before.bin`)),
      started(app.request("DELETE", `${proxied}/${folder}/before.bin`)),
      started(app.request("PUT", `${proxied}/${folder}/put.bin`, { body: "content" })),
      started(client.complete(folder, "before.bin", upload)),
      started(client.complete(folder, "open.bin", open)),
      started(app.get("/get-artifact", { run_id, path: "before.bin" })),
    ];
    expect((await app.request("GET", "/health")).status).toBe(200);
    expect((await app.request("GET", "/version")).status).toBe(200);
    expect((await app.request("GET", "/api/3.0/mlflow/server-info")).status).toBe(200);
    await later(1_100);
    const asPage = { headers: { origin: "https://page.example" } };
    expect((await app.request("GET", "/ajax-api/3.0/mlflow/server-info", asPage)).status).toBe(200);
    const metric = { run_id, key: "m", value: 1, timestamp: 1, step: 0 };
    expect((await app.post("/api/2.0/mlflow/runs/log-metric", metric)).status).toBe(200);
    expect(await aRun(app)).toMatch(/^[0-9a-f]{32}$/);
    expect((await client.create(folder, "new.bin", 1)).status).toBe(200);
    expect(left).toBe(stuck.length);
    for (const { status, headers } of await Promise.all(stuck)) {
      expect(status).toBe(429);
      expect(headers?.get("retry-after")).toBeNull();
    }
    azurite.thaw();
    expect(await client.download(`${folder}/before.bin`)).toHaveLength(3_000);
    expect((await client.complete(folder, "before.bin", upload)).status).toBe(200);
    expect((await app.request("PUT", `${proxied}/${folder}/put.bin`, { body: "content" })).status).toBe(200);
    expect((await client.list(folder)).files?.map(({ path }) => path)).toEqual(["before.bin", "put.bin"]);
  });
});
