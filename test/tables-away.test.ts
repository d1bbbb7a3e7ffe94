import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, sendPart, type Upload } from "./support/artifacts.ts";
import { aProxy, type TcpProxy } from "./support/proxy.ts";
import { TestTables } from "./support/tables.ts";

const endpoint = /TableEndpoint=([^;]+)/.exec(inject("storage"))![1]!;
const storageAt = (url: string) => inject("storage").replace(endpoint, url);
const partSize = 1000;

/** Uploads a file, and measures what the app took for `create` and `complete` in milliseconds. */
async function timedUpload(client: ArtifactsClient, name: string, parts: number) {
  const started = performance.now();
  const { json, status } = await client.create("away", name, parts);
  const created = performance.now() - started;
  expect(status).toBe(200);
  await sendAll(json);
  const sent = performance.now();
  const { status: completed } = await client.complete("away", name, json);
  expect(completed).toBe(200);
  expect(await client.download(`away/${name}`)).toHaveLength(parts * partSize);
  return { upload: json, created, completed: performance.now() - sent };
}

const sendAll = async ({ credentials }: Upload) => {
  for (const credential of credentials) await sendPart(credential, Buffer.alloc(partSize, "x"));
};

afterEach(() => void vi.useRealTimers());

/** Puts the clock forward, so that the app tries the tables again. */
const later = () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });

describe("tables that go away and come back", () => {
  const tables = new TestTables();
  let app: App;
  let client: ArtifactsClient;
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await aProxy(endpoint);
    const storage = storageAt(proxy.uri);
    app = await startApp({ ...aDestination(), ...tables.settings, MLFLOW_FUNCTIONS_TABLES_STORAGE: storage });
    client = new ArtifactsClient(app.url);
  });
  afterAll(async () => {
    await app.close();
    await proxy.cut();
  });
  const stateOf = async ({ upload_id }: Upload) => (await tables.upload(upload_id)).state;

  it.each([1, 3])("stop and lose no upload of %d parts, whenever they go and come", async (parts) => {
    const create = async (name: string) => (await client.create("away", `${name} ${parts}`, parts)).json;
    const complete = (name: string, upload: Upload) => client.complete("away", `${name} ${parts}`, upload);
    const before = await create("before");
    const beforeToo = await create("before too");
    await sendAll(before);
    await sendAll(beforeToo);
    await proxy.cut();
    expect((await complete("before", before)).status).toBe(200);
    const during = await create("during");
    const given = await create("given");
    await sendAll(during);
    expect((await client.abort("away", `given ${parts}`, given.upload_id)).status).toBe(200);
    await proxy.mend();
    later();
    expect((await complete("during", during)).status).toBe(200);
    expect((await complete("during", during)).status).toBe(200);
    expect((await complete("before too", beforeToo)).status).toBe(200);
    expect((await complete("before", before)).status).toBe(200);
    expect([await stateOf(before), await stateOf(beforeToo)]).toEqual(["completed", "completed"]);
    await expect(stateOf(during)).rejects.toMatchObject({ statusCode: 404 });
    const after = await create("after");
    expect(await stateOf(after)).toBe("open");
  });

  it("are said to be away once, with the grants that were not written, and never a signature", async () => {
    await proxy.cut();
    later();
    const since = app.lines.length;
    for (const name of ["one", "two", "three"]) await timedUpload(client, name, 2);
    await proxy.mend();
    const lines = app.lines.slice(since);
    expect(lines.filter((line) => /Table Storage is away/.test(line))).toHaveLength(1);
    const grants = lines.filter((line) => line.includes("Grant not recorded: "));
    expect(grants.filter((line) => line.includes('"permission":"write"'))).toHaveLength(3);
    expect(JSON.parse(grants[0]!.split("Grant not recorded: ")[1]!)).toMatchObject({
      blob: "some/where/away/one",
      permission: "write",
    });
    expect(app.lines.join("\n")).not.toMatch(/sig=|AccountKey/);
  });
});

describe("tables that are", () => {
  let silent: Server;
  let silentUrl: string;
  beforeAll(async () => {
    silent = createServer(() => {});
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/account`;
  });
  afterAll(() => void silent.close());

  it.each([
    ["silent", () => storageAt(silentUrl), 4_500],
    ["at a closed port", () => storageAt("http://127.0.0.1:1/account"), 4_500],
    ["of another key", () => inject("storage").replace(/AccountKey=[^;]+/, "AccountKey=d3Jvbmc="), 4_500],
    ["named wrongly", () => "AccountName=x", 4_500],
  ])("%s slow one upload a little, and no further one", async (_, storage, limit) => {
    const settings = { ...aDestination(), MLFLOW_FUNCTIONS_TABLES_STORAGE: storage() };
    const app = await startApp(settings);
    try {
      const client = new ArtifactsClient(app.url);
      const first = await timedUpload(client, "first", 3);
      expect(first.created).toBeLessThan(limit);
      const started = performance.now();
      for (let index = 0; index < 5; index++) await timedUpload(client, `${index}`, 3);
      // Each of the five would wait three seconds.
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(app.lines.filter((line) => line.includes("Table Storage is away"))).not.toEqual([]);
      expect(app.lines.join("\n")).not.toContain("d3Jvbmc=");
    } finally {
      await app.close();
    }
  });

  it("named nowhere keep no upload from going on", async () => {
    const app = await startApp({
      ...aDestination(),
      AzureWebJobsStorage: "",
      MLFLOW_FUNCTIONS_TABLES_STORAGE: "",
    });
    try {
      await timedUpload(new ArtifactsClient(app.url), "none", 3);
      await app.runTimer("clean-up");
      expect(app.lines.filter((line) => line.includes("Table Storage is away"))).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
