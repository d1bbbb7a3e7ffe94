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

async function uploadWhole(client: ArtifactsClient, name: string, parts: number): Promise<void> {
  const { json, status } = await client.create("away", name, parts);
  expect(status).toBe(200);
  await sendAll(json);
  const { status: completed } = await client.complete("away", name, json);
  expect(completed).toBe(200);
  expect(await client.download(`away/${name}`)).toHaveLength(parts * partSize);
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
    for (const name of ["one", "two", "three"]) await uploadWhole(client, name, 2);
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
  let asked = 0;
  beforeAll(async () => {
    silent = createServer(() => {
      asked += 1;
    });
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/account`;
  });
  afterAll(() => void silent.close());

  // The clock stands still, so that the pause after a failure never ends.
  const inOneInstant = () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });

  it.each([
    ["silent", () => storageAt(silentUrl)],
    ["at a closed port", () => storageAt("http://127.0.0.1:1/account")],
    ["of another key", () => inject("storage").replace(/AccountKey=[^;]+/, "AccountKey=d3Jvbmc=")],
    ["named wrongly", () => "AccountName=x"],
  ])("%s are asked once, and left out of the uploads after that", async (_, storage) => {
    const settings = { ...aDestination(), MLFLOW_FUNCTIONS_TABLES_STORAGE: storage() };
    const app = await startApp(settings);
    try {
      inOneInstant();
      const client = new ArtifactsClient(app.url);
      // A silent server never answers, so that this ends only because the app stops waiting.
      await uploadWhole(client, "first", 3);
      const away = () => app.lines.filter((line) => line.includes("Table Storage is away"));
      const before = asked;
      expect(away()).toHaveLength(1);
      for (let index = 0; index < 5; index++) await uploadWhole(client, `${index}`, 3);
      expect(asked).toBe(before);
      expect(away()).toHaveLength(1);
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
      await uploadWhole(new ArtifactsClient(app.url), "none", 3);
      await app.runTimer("clean-up");
      expect(app.lines.filter((line) => line.includes("Table Storage is away"))).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
