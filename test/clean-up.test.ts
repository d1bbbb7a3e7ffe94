import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, sendPart, type Upload } from "./support/artifacts.ts";
import { TestTables } from "./support/tables.ts";

const tables = new TestTables();
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp({
    ...aDestination(),
    ...tables.settings,
    MLFLOW_FUNCTIONS_GRANT_RETENTION_DAYS: "40",
    MLFLOW_FUNCTIONS_AUDIT_RETENTION_DAYS: "70",
  });
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

/** An upload that began so many days ago. */
async function begun(days: number, name: string, parts: number): Promise<Upload> {
  const { json } = await client.create("days", name, parts);
  const row = { partitionKey: json.upload_id.split(".")[0]!, rowKey: "upload", created: daysAgo(days) };
  await tables.table("uploads").updateEntity(row, "Merge");
  return json;
}

const sendAll = async ({ credentials }: Upload) => {
  for (const credential of credentials) await sendPart(credential, Buffer.from("x"));
};
const stateOf = async (upload: Upload) => (await tables.upload(upload.upload_id)).state;
const cleanUp = () => app.runTimer("clean-up");

describe("the timer clean-up", () => {
  it("has nothing to do where there are no tables", async () => {
    await cleanUp();
    expect(await tables.names()).toEqual([]);
  });

  it.each([1, 3])("closes an upload of %d parts after a day, and says so to who completes it then", async (parts) => {
    const [late, young] = [await begun(1.01, `late ${parts}`, parts), await begun(0.99, `young ${parts}`, parts)];
    await cleanUp();
    expect([await stateOf(late), await stateOf(young)]).toEqual(["expired", "open"]);
    await sendAll(young);
    expect((await client.complete("days", `young ${parts}`, young)).status).toBe(200);
    const answers = [
      await client.complete("days", `late ${parts}`, late),
      await client.abort("days", `late ${parts}`, late.upload_id),
    ];
    for (const { status, json } of answers) {
      expect(status).toBe(400);
      expect(json.message).toMatch(/was closed, since it was not completed within a day/);
    }
    expect((await client.call("GET", `/presigned/days/late%20${parts}`)).status).toBe(404);
  });

  it.each([1, 3])("takes a file of %d parts that is in place for completed", async (parts) => {
    const upload = await begun(2, `placed ${parts}`, parts);
    await sendAll(upload);
    await client.complete("days", `placed ${parts}`, upload);
    // As an app that was killed before it could note it.
    const row = { partitionKey: upload.upload_id.split(".")[0]!, rowKey: "upload", state: "open" };
    await tables.table("uploads").updateEntity(row, "Merge");
    await cleanUp();
    expect(await stateOf(upload)).toBe("completed");
    expect((await client.complete("days", `placed ${parts}`, upload)).status).toBe(200);
  });

  it("drops rows of more than a week, and what they were about is refused or as it was", async () => {
    const [old, done] = [await begun(8.01, "old", 2), await begun(8.01, "done", 2)];
    await sendAll(done);
    await client.complete("days", "done", done);
    await cleanUp();
    for (const upload of [old, done]) await expect(stateOf(upload)).rejects.toMatchObject({ statusCode: 404 });
    expect((await client.complete("days", "done", done)).status).toBe(200);
    expect((await client.complete("days", "old", old)).json.message).toMatch(/issued no upload/);
    expect(await client.download("days/done")).toEqual(Buffer.from("xx"));
  });

  it("pages through thousands, with any number of instances at once", async () => {
    const row = {
      account: "x",
      suffix: "core.windows.net",
      container: "x",
      blob: "x",
      parts: 1,
      who: "x",
      request: "x",
    };
    const uploads = tables.table("uploads");
    const add = (index: number, state: string, days: number) =>
      uploads.createEntity({
        ...row,
        ...{ partitionKey: `${state}${days}-${index}`, rowKey: "upload", state, created: daysAgo(days) },
      });
    await Promise.all(
      Array.from({ length: 20 }, async (_, worker) => {
        for (let index = worker; index < 1_100; index += 20)
          await Promise.all([add(index, "completed", 9), add(index, "completed", 3)]);
      }),
    );
    await Promise.all([cleanUp(), cleanUp(), cleanUp()]);
    const left = (await tables.rows("uploads")).map(({ partitionKey }) => partitionKey!);
    expect(left.filter((key) => key.startsWith("completed9"))).toEqual([]);
    expect(left.filter((key) => key.startsWith("completed3"))).toHaveLength(1_100);
  }, 120_000);

  it("closes hundreds at once", async () => {
    const late = await times(200, (index) => begun(1.5, `many ${index}`, 2));
    await Promise.all([cleanUp(), cleanUp(), cleanUp()]);
    expect(new Set(await Promise.all(late.map(stateOf)))).toEqual(new Set(["expired"]));
  });

  it("leaves open what it can't look at, and goes on", async () => {
    const [foreign, own] = [await begun(2, "foreign", 2), await begun(2, "own", 2)];
    const row = { partitionKey: foreign.upload_id.split(".")[0]!, rowKey: "upload", account: "someoneelse" };
    await tables.table("uploads").updateEntity(row, "Merge");
    await cleanUp();
    expect([await stateOf(foreign), await stateOf(own)]).toEqual(["open", "expired"]);
    expect(app.lines.join("\n")).toMatch(/^warning clean-up .* stays open: .*someoneelse/m);
  });

  it.each([
    ["grants", 40],
    ["audit", 70],
  ])("drops the months of the log %s that are past its retention of %d days whole", async (log, retention) => {
    const monthOf = (days: number) => `${log}${daysAgo(days).toISOString().slice(0, 7).replace("-", "")}`;
    const months = async () => (await tables.names()).filter((name) => name.startsWith(log));
    for (const days of [45, 80, 400]) await tables.table(monthOf(days)).createTable();
    const before = await months();
    await Promise.all([cleanUp(), cleanUp()]);
    expect(await months()).toEqual(before.filter((name) => name >= monthOf(retention)));
    expect(before).toContain(monthOf(400));
    expect(await months()).not.toContain(monthOf(400));
  });
});
