import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { aDatabase } from "../support/app.ts";
import { ArtifactsClient, aDestination, sendPart, type Upload } from "../support/artifacts.ts";
import { TestTables } from "../support/tables.ts";
import { start, stop } from "./starts.ts";

const tables = new TestTables();
const destination = aDestination();
let database: Awaited<ReturnType<typeof aDatabase>>;
beforeAll(async () => {
  database = await aDatabase();
});
afterAll(() => database.drop());

/** The app as a process of its own, on the storage that all of these share. */
const startApp = () =>
  start([], {
    ...destination,
    ...tables.settings,
    MLFLOW_BACKEND_STORE_URI: database.uri,
    AZURE_STORAGE_CONNECTION_STRING: inject("storage"),
    AzureWebJobsStorage: inject("storage"),
  });

const parts = 3;
const content = (name: string) => Buffer.from(name.padEnd(100, ".").repeat(parts));

async function uploaded(client: ArtifactsClient, name: string): Promise<Upload> {
  const { json } = await client.create("killed", name, parts);
  for (const credential of json.credentials) await sendPart(credential, Buffer.from(name.padEnd(100, ".")));
  return json;
}

const stateOf = async ({ upload_id }: Upload) => (await tables.upload(upload_id)).state;

describe("an app that is killed", () => {
  it("between create and complete, or while it completes, loses no upload and makes none twice", async () => {
    const first = await startApp();
    const before = new ArtifactsClient(first.url);
    const names = Array.from({ length: 12 }, (_, index) => `file ${index}`);
    const uploads = await Promise.all(names.map((name) => uploaded(before, name)));
    const waiting = uploads[0]!;
    const completing = uploads.slice(1).map((upload, index) => before.complete("killed", names[index + 1]!, upload));
    await Promise.race(completing);
    await stop(first, "SIGKILL");
    const answers = await Promise.allSettled(completing);
    expect(answers.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(await stateOf(waiting)).toBe("open");

    const second = await startApp();
    const after = new ArtifactsClient(second.url);
    for (const [index, answer] of answers.entries())
      if (answer.status === "fulfilled" && answer.value.status === 200)
        expect(await after.download(`killed/${names[index + 1]}`)).toEqual(content(names[index + 1]!));
    for (const [index, upload] of uploads.entries()) {
      expect((await after.complete("killed", names[index]!, upload)).status).toBe(200);
      expect(await after.download(`killed/${names[index]}`)).toEqual(content(names[index]!));
      expect(await stateOf(upload)).toBe("completed");
    }
    await stop(second);
  }, 120_000);
});
