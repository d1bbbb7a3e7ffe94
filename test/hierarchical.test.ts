import { randomUUID } from "node:crypto";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseConnectionString } from "../shared/platform/azure/connection-string.ts";
import { anExperiment, aRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient } from "./support/artifacts.ts";
import { aHierarchicalAccount, type HierarchicalAccount } from "./support/hierarchical.ts";

const container = randomUUID();
const { account } = parseConnectionString(inject("storage"));
const root = `abfss://${container}@${account}.dfs.core.windows.net/root`;

let hierarchical: HierarchicalAccount;
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  hierarchical = await aHierarchicalAccount();
  app = await startApp({
    MLFLOW_ARTIFACTS_DESTINATION: root,
    AZURE_STORAGE_CONNECTION_STRING: hierarchical.connectionString,
  });
  client = new ArtifactsClient(app.url);
});
afterAll(async () => {
  await app.close();
  await hierarchical.close();
});

async function everyBlob(): Promise<string[]> {
  const found: string[] = [];
  const blobs = BlobServiceClient.fromConnectionString(inject("storage")).getContainerClient(container);
  for await (const { name } of blobs.listBlobsFlat()) found.push(name);
  return found;
}

describe("an account with a hierarchical namespace", () => {
  it("has its folders listed once, as folders, empty ones too", async () => {
    await client.upload("listed/model", "weights.bin", Buffer.alloc(2_500), 1_000);
    await client.put("listed/a.txt", "1");
    await client.put("listed/empty/x", "1");
    expect((await client.call("DELETE", "/artifacts/listed/empty/x")).status).toBe(200);
    expect(await client.list("listed")).toEqual({
      files: [
        { path: "a.txt", is_dir: false, file_size: 1 },
        { path: "empty", is_dir: true },
        { path: "model", is_dir: true },
      ],
    });
    expect(await client.list("listed/empty")).toEqual({});
  });

  it("loses a folder with all that lies in it, and nothing beside it", async () => {
    for (const path of ["gone/a", "gone/b/c", "gone/b/d/e", "gone/b/d/f/g", "gone2/a", "gone.txt"])
      await client.put(path, "1");
    expect((await client.call("DELETE", "/artifacts/gone")).status).toBe(200);
    expect((await everyBlob()).filter((name) => name.startsWith("root/gone"))).toEqual([
      "root/gone.txt",
      "root/gone2",
      "root/gone2/a",
    ]);
    expect((await client.call("DELETE", "/artifacts/gone")).status).toBe(200);
    expect((await client.call("DELETE", "/artifacts/gone2")).status).toBe(200);
  });

  it("has its files signed, and no folder", async () => {
    const run_id = await aRun(app, { experiment_id: await anExperiment(app, { artifact_location: `${root}/own` }) });
    const upload = await app.request("POST", `/ajax-api/2.0/mlflow/upload-artifact?run_id=${run_id}&path=d/x`, {
      body: "x",
    });
    expect(upload.status).toBe(200);
    await client.put("signed/x", "x");
    expect((await client.call("GET", "/presigned/signed/x")).status).toBe(200);
    expect(await client.call("GET", "/presigned/signed")).toMatchObject({
      status: 404,
      json: { error_code: "RESOURCE_DOES_NOT_EXIST" },
    });
    expect((await client.call("GET", "/artifacts/signed")).status).toBe(404);
    const sign = (path: string) => app.post("/api/2.0/mlflow/artifacts/presigned-download-url", { run_id, path });
    expect([(await sign("d/x")).status, (await sign("d")).status]).toEqual([200, 404]);
    const shown = await app.get("/get-artifact", { run_id, path: "d" });
    expect([shown.status, shown.body.message]).toEqual([400, expect.stringContaining("refers to a directory")]);
  });

  it("has a folder that others fill meanwhile answered with 409", async () => {
    await client.put("busy/a", "1");
    hierarchical.refill = true;
    expect(await client.call("DELETE", "/artifacts/busy")).toMatchObject({
      status: 409,
      json: { error_code: "RESOURCE_CONFLICT", message: expect.stringContaining("DirectoryIsNotEmpty") },
    });
    hierarchical.refill = false;
    expect((await client.call("DELETE", "/artifacts/busy")).status).toBe(200);
    expect(await client.list("busy")).toEqual({});
  });
});
