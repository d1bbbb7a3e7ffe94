import { BlobServiceClient, BlockBlobClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { anExperiment, aRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, sendPart } from "./support/artifacts.ts";

const settings = aDestination();
const [, container] = /^wasbs:\/\/([^@]+)@/.exec(settings.MLFLOW_ARTIFACTS_DESTINATION)!;

let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp(settings);
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

/** What the holder of an upload SAS can do: write the blob, and lease it for ever. */
async function leased(name: string): Promise<void> {
  const { json } = await client.create("leased", name, 1);
  expect((await sendPart(json.credentials[0]!, Buffer.from("theirs"))).status).toBe(201);
  await new BlockBlobClient(json.credentials[0]!.url).getBlobLeaseClient().acquireLease(-1);
}

const conflict = { status: 409, json: { error_code: "RESOURCE_CONFLICT", message: expect.stringContaining("leased") } };

describe("a lease that the holder of an upload SAS took", () => {
  it("makes PUT and complete answer 409, which says so", async () => {
    await leased("a");
    const put = await client.put("leased/a", "ours");
    expect([put.status, JSON.parse(put.text)]).toEqual([409, expect.objectContaining(conflict.json)]);
    const { json } = await client.create("leased", "a", 2);
    for (const credential of json.credentials) await sendPart(credential, Buffer.alloc(10));
    expect(await client.complete("leased", "a", json)).toMatchObject(conflict);
    expect((await client.download("leased/a")).toString()).toBe("theirs");
  });

  it("does not prevent a delete of the file, alone or with its folder", async () => {
    await leased("b");
    await leased("folder/c");
    await leased("folder/d/e");
    expect((await client.call("DELETE", "/artifacts/leased/b")).status).toBe(200);
    expect((await client.call("DELETE", "/artifacts/leased/folder")).status).toBe(200);
    expect((await client.put("leased/b", "ours")).status).toBe(200);
    expect(await client.list("leased/folder")).toEqual({});
  });

  it("stays where the file is only read", async () => {
    await leased("f");
    const blob = BlobServiceClient.fromConnectionString(inject("storage")).getContainerClient(container!);
    expect(await client.download("leased/f")).toHaveLength(6);
    expect((await blob.getBlobClient("some/where/leased/f").getProperties()).leaseState).toBe("leased");
  });
});

describe("presigned-upload-url", () => {
  it("lives a day at most, as the longest upload in parts does", async () => {
    const location = `${settings.MLFLOW_ARTIFACTS_DESTINATION}/own`;
    const run_id = await aRun(app, { experiment_id: await anExperiment(app, { artifact_location: location }) });
    const lifetime = async (expiration?: number) => {
      const { body } = await app.post("/api/2.0/mlflow/artifacts/presigned-upload-url", {
        run_id,
        path: "x",
        expiration,
      });
      return (Date.parse(new URL(body.presigned_url).searchParams.get("se")!) - Date.now()) / 1000;
    };
    expect(await lifetime(604_800)).toBeLessThanOrEqual(86_400);
    expect(await lifetime(604_800)).toBeGreaterThan(80_000);
    expect(await lifetime(7_200)).toBeGreaterThan(7_000);
    expect(await lifetime()).toBeLessThanOrEqual(900);
    const refused = await app.post("/api/2.0/mlflow/artifacts/presigned-upload-url", {
      run_id,
      path: "x",
      expiration: 604_801,
    });
    expect(refused.status).toBe(400);
  });
});
