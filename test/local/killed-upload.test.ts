import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";
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
const startApp = (storage = inject("storage")) =>
  start([], {
    ...destination,
    ...tables.settings,
    MLFLOW_BACKEND_STORE_URI: database.uri,
    AZURE_STORAGE_CONNECTION_STRING: storage,
    AzureWebJobsStorage: inject("storage"),
  });

const parts = 3;
const part = (name: string) => Buffer.from(name.padEnd(100, "."));
const content = (name: string) => Buffer.concat(Array.from({ length: parts }, () => part(name)));

async function uploaded(client: ArtifactsClient, name: string): Promise<Upload> {
  const { json } = await client.create("killed", name, parts);
  for (const credential of json.credentials) await sendPart(credential, part(name));
  return json;
}

const stateOf = async ({ upload_id }: Upload) => (await tables.upload(upload_id)).state;

/**
 * Stands between the app and blob storage, and lets no commit of a block list be answered.
 * @param passesOn whether storage is sent the commit
 */
async function withoutCommits(passesOn: boolean) {
  const { href, hostname, port } = new URL(/BlobEndpoint=([^;]+)/.exec(inject("storage"))![1]!);
  const sockets = new Set<Socket>();
  let held = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    let answers = true;
    client.on("data", (sent) => {
      if (/^PUT \S+comp=blocklist/.test(sent.toString("latin1"))) {
        held += 1;
        answers = false;
      }
      if (answers || passesOn) upstream.write(sent);
    });
    upstream.on("data", (answer) => answers && client.write(answer));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const through = new URL(href);
  through.port = String((server.address() as AddressInfo).port);
  return {
    storage: inject("storage").replace(/BlobEndpoint=[^;]+/, `BlobEndpoint=${through.href}`),
    held: () => held,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe("an app that is killed while it completes uploads", () => {
  it.each([
    ["before storage has committed them", false],
    ["after storage has committed them", true],
  ])(
    "%s loses none and makes none twice",
    async (when, committed) => {
      const proxy = await withoutCommits(committed);
      const first = await startApp(proxy.storage);
      const before = new ArtifactsClient(first.url);
      const names = Array.from({ length: 4 }, (_, index) => `file ${index} ${when}`);
      const uploads = await Promise.all(names.map((name) => uploaded(before, name)));
      // The first is not being completed at all.
      const completing = uploads.slice(1).map((upload, index) => before.complete("killed", names[index + 1]!, upload));
      const cutOff = Promise.allSettled(completing);
      await expect.poll(proxy.held, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(completing.length);
      const second = await startApp();
      const after = new ArtifactsClient(second.url);
      const statusOf = async (name: string) =>
        (await after.call("GET", `/presigned/killed/${encodeURIComponent(name)}`)).status;
      if (committed)
        for (const name of names.slice(1)) await expect.poll(() => statusOf(name), { timeout: 20_000 }).toBe(200);

      await stop(first, "SIGKILL");
      proxy.close();
      expect((await cutOff).map(({ status }) => status)).toEqual(completing.map(() => "rejected"));
      expect(await Promise.all(uploads.map(stateOf))).toEqual(uploads.map(() => "open"));
      expect(await Promise.all(names.map(statusOf))).toEqual([404, ...completing.map(() => (committed ? 200 : 404))]);

      for (const [index, upload] of uploads.entries()) {
        expect((await after.complete("killed", names[index]!, upload)).status).toBe(200);
        expect(await after.download(`killed/${names[index]}`)).toEqual(content(names[index]!));
        expect(await stateOf(upload)).toBe("completed");
      }
      await stop(second);
    },
    120_000,
  );
});
