import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePage } from "../../shared/artifacts/list-blobs.ts";
import { listingQuery, signWith } from "../../shared/artifacts/sas.ts";
import { type StorageAccount, withToken } from "../../shared/platform/azure/account.ts";
import { StorageLimits } from "../../shared/platform/azure/limits.ts";

const blobs = {
  root: { account: "devstoreaccount1", suffix: "core.windows.net", container: "runs", prefix: "" },
  name: "a/b c+ü.txt",
};
const folder = mkdtempSync(join(tmpdir(), "azurite-"));
const pem = (name: "cert" | "private") => join(folder, `${name}.pem`);

interface Azurite {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

// Azurite comes without types.
const load = createRequire(import.meta.url);
const { default: BlobConfiguration } = load("azurite/dist/src/blob/BlobConfiguration.js") as {
  default: new (...options: unknown[]) => object;
};
const { default: BlobServer } = load("azurite/dist/src/blob/BlobServer.js") as {
  default: new (configuration: object) => Azurite;
};

let server: Azurite;
let account: StorageAccount;
let tokens = 0;

/** Azurite's OAuth looks at a token's claims and not at its signature. */
function token(): string {
  tokens += 1;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: "https://storage.azure.com",
    iss: "https://sts.windows.net/t/",
    iat: now,
    nbf: now,
    exp: now + 3600,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "none", typ: "JWT" }), part({ ...claims, oid: "reader", tid: "team" }), "unsigned"].join(".");
}

beforeAll(async () => {
  // The certificate is this test's own, and made anew for it.
  const made = generate([{ name: "commonName", value: "127.0.0.1" }], { days: 1, keySize: 2048 });
  for (const name of ["cert", "private"] as const) writeFileSync(pem(name), made[name]);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  const at = (name: string) => join(folder, name);
  const places = [{ locationId: "Default", locationPath: at("blobs"), maxConcurrency: 10 }];
  const off = undefined;
  server = new BlobServer(
    new BlobConfiguration(
      "127.0.0.1",
      0,
      5,
      at("db"),
      at("extents"),
      places,
      false,
      off,
      false,
      off,
      false,
      true,
      pem("cert"),
      pem("private"),
      "",
      "basic",
    ),
  );
  await server.start();
  const credential = { getToken: async () => ({ token: token(), expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const url = `${server.getHttpServerAddress()}/devstoreaccount1`;
  account = await withToken("devstoreaccount1", url, credential, new StorageLimits());
  await account.service.getContainerClient("runs").create();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a SAS by an identity", () => {
  it("writes or reads one blob, over HTTPS", async () => {
    const write = await signWith(account, blobs, "write", { seconds: 86_400 });
    expect(new URL(write).searchParams.get("spr")).toBe("https");
    expect(new URL(write).searchParams.has("skoid")).toBe(true);
    const body = { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "text" };
    expect((await fetch(write, body)).status).toBe(201);
    expect((await fetch(write)).status).toBe(403);
    const read = await signWith(account, blobs, "read", { seconds: 300 });
    expect(await (await fetch(read)).text()).toBe("text");
    expect((await fetch(read, body)).status).toBe(403);
    expect((await fetch(read.replace("/a/", "/b/"))).status).toBe(403);
  });

  it("lists the container, and does nothing else with it", async () => {
    const query = await listingQuery(account, blobs.root.container);
    const list = await fetch(`${account.blobUrl}/${blobs.root.container}?restype=container&comp=list&${query}`);
    expect(parsePage(await list.text()).blobs.map(({ name }) => name)).toContain(blobs.name);
    expect((await fetch(`${account.blobUrl}/${blobs.root.container}/x?${query}`)).status).toBe(403);
    expect((await fetch(`${account.blobUrl}/other?restype=container&comp=list&${query}`)).status).toBe(403);
  });

  it("never outlives its key", async () => {
    const url = await signWith(account, blobs, "read", { seconds: 604_800 });
    const { searchParams } = new URL(url);
    expect(Date.parse(searchParams.get("se")!)).toBeLessThanOrEqual(Date.parse(searchParams.get("ske")!));
    expect((await fetch(url)).status).toBe(200);
  });

  it("costs one token and one key for many at once", async () => {
    const before = tokens;
    const urls = await Promise.all(
      Array.from({ length: 100 }, () => signWith(account, blobs, "read", { seconds: 300 })),
    );
    const keys = new Set(urls.map((url) => new URL(url).searchParams.get("skt")));
    expect([keys.size, tokens - before]).toEqual([1, 0]);
  });
});
