import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { aRun, theRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient } from "./support/artifacts.ts";
import { type IdentityStorage, identityStorage } from "./support/identity-storage.ts";
import { type Refusal, refusals } from "./support/storage-front.ts";

let storage: IdentityStorage;
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  storage = await identityStorage();
  app = await startApp(storage.settings);
  client = new ArtifactsClient(app.url);
});
afterAll(async () => {
  await app.close();
  await storage.stop();
  for (const name of Object.keys(storage.settings)) delete process.env[name];
});
afterEach(() => {
  storage.blob.refuse = () => undefined;
  storage.table.refuse = () => undefined;
});

const isKey = (url: URL) => url.searchParams.get("comp") === "userdelegationkey";

async function aFolder(): Promise<{ run_id: string; folder: string }> {
  const run_id = await aRun(app);
  return { run_id, folder: (await theRun(app, run_id)).info.artifact_uri.replace("mlflow-artifacts:/", "") };
}

async function deep() {
  const { status, body } = await app.request("GET", "/health?deep");
  const named = (name: string) => body.checks.find((check: { name: string }) => check.name === name);
  return {
    status,
    ok: body.checks.filter(({ ok }: { ok: boolean }) => ok).map(({ name }: { name: string }) => name),
    named,
  };
}

/** Asks until just these work: on a busy machine others may take too long for once. */
async function until(works: string[]) {
  let last: Awaited<ReturnType<typeof deep>> | undefined;
  const ask = async () => {
    last = await deep();
    return last.ok;
  };
  await expect.poll(ask, { timeout: 50_000, interval: 300 }).toEqual(works);
  return last!;
}

const refuseAll =
  (refusal: Refusal, of: (url: URL) => boolean = () => true) =>
  (_: string, url: URL) =>
    of(url) ? refusal : undefined;

describe("an app whose identity has no role yet", { timeout: 180_000 }, () => {
  it("names each role and its scope, serves what needs none, and heals when they take effect", async () => {
    const { run_id, folder } = await aFolder();
    storage.blob.refuse = refuseAll(refusals.role);
    storage.table.refuse = refuseAll(refusals.role);
    const contributor = "Storage Blob Data Contributor on the container 'mlflow' of the storage account 'team1'";
    for (const refused of [
      await app.get("/api/2.0/mlflow/artifacts/list", { run_id }),
      await app.request("PUT", `/api/2.0/mlflow-artifacts/artifacts/${folder}/a.txt`, { body: "a" }),
      await app.post(`/api/2.0/mlflow-artifacts/mpu/create/${folder}/a.txt`, { path: "a.txt", num_parts: 1 }),
    ]) {
      expect([refused.status, refused.body.error_code]).toEqual([503, "TEMPORARILY_UNAVAILABLE"]);
      expect(refused.body.message).toMatch(/lacks the role Storage Blob (Data Contributor|Delegator) on .*ten minutes/);
    }
    expect(await aRun(app)).toMatch(/^[0-9a-f]{32}$/);
    const refused = await until(["database", "schema", "clock", "sign-in"]);
    expect(refused.status).toBe(503);
    expect(refused.named("storage").message).toContain(contributor);
    expect(refused.named("delegation key").message).toContain("Storage Blob Delegator on the storage account 'team1'");
    expect(refused.named("tables").message).toContain("the role Storage Table Data Contributor on the storage account");
    expect(refused.named("storage").mend).toMatch(/Assign it.*no restart/);

    storage.blob.refuse = (_, url) => (isKey(url) ? undefined : refusals.role);
    await until(["database", "schema", "delegation key", "clock", "sign-in"]);
    const listed = await app.get("/api/2.0/mlflow/artifacts/list", { run_id });
    expect(listed.body.message).toContain(contributor);

    storage.blob.refuse = refuseAll(refusals.role, isKey);
    await until(["database", "schema", "storage", "clock", "sign-in"]);

    storage.blob.refuse = () => undefined;
    storage.table.refuse = () => undefined;
    const healed = await until(["database", "schema", "storage", "delegation key", "tables", "clock", "sign-in"]);
    expect(healed.status).toBe(200);
    await client.upload(folder, "a.bin", Buffer.alloc(2_000, "x"), 1_000);
    expect(await client.download(`${folder}/a.bin`)).toHaveLength(2_000);
    const warned = app.lines.filter((line) => line.includes("Grant not recorded"));
    expect(warned.filter((line) => line.includes("a.bin"))).toEqual([]);
  });
});
