import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withDatabaseOf, withStorage, withStorageOf } from "../../shared/tools/embedded-services.ts";
import { openInstance, saveInstance } from "../../shared/tools/instance.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "mlflow-functions-instance-"));
  const instance = await openInstance(dataDir);
  Object.assign(instance.ports, { postgres: 1, blob: 2, queue: 3, table: 4 });
  saveInstance(dataDir, instance);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe("settings with what npm start runs", () => {
  it("name its database and storage, and leave those given and the environment as they are", async () => {
    const before = { ...process.env };
    const given = Object.freeze({ MLFLOW_FUNCTIONS_AUTH: "none" });
    const settings = await withDatabaseOf(dataDir, await withStorageOf(dataDir, given));
    expect(settings).toMatchObject({
      MLFLOW_FUNCTIONS_AUTH: "none",
      MLFLOW_BACKEND_STORE_URI: expect.stringMatching(/@127\.0\.0\.1:1\/mlflow$/),
      AZURE_STORAGE_CONNECTION_STRING: expect.stringContaining("TableEndpoint=http://127.0.0.1:4/"),
      AzureWebJobsStorage: settings.AZURE_STORAGE_CONNECTION_STRING,
    });
    expect(process.env).toEqual(before);
  });

  it("keep the database and the storage that are named", async () => {
    const named = { MLFLOW_BACKEND_STORE_URI: "postgresql://h/d", AZURE_STORAGE_CONNECTION_STRING: "AccountName=a" };
    expect(await withDatabaseOf(dataDir, await withStorageOf(dataDir, named))).toEqual(named);
  });

  it.each([
    ["AccountName=other", "AccountName=other"],
    ["UseDevelopmentStorage=true", "AccountName=ours"],
    ["", "AccountName=ours"],
  ])("have the host's storage %s become %s", (ofHost, expected) => {
    expect(withStorage("AccountName=ours", { AzureWebJobsStorage: ofHost }).AzureWebJobsStorage).toBe(expected);
  });
});
