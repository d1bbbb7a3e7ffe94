import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Host, startHost } from "../local/host/index.ts";
import { mlflowVersion } from "../shared/mlflow/version.ts";
import type { Bundle } from "../shared/page/bundle.ts";
import { noteHit } from "./support/hits.ts";
import { send } from "./support/raw.ts";

const script = "console.log('a script');\n".repeat(100);
const page = "<!doctype html><title>MLflow</title>";
const hashed = "static/js/main.0123abcd.js";

let folder: string;
let host: Host;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-page-"));
  await cp("dist/main.cjs", join(folder, "dist/main.cjs"));
  await cp("host.json", join(folder, "host.json"));
  host = await startHost({ entry: join(folder, "dist/main.cjs"), host: "127.0.0.1", port: 0, onRequest: noteHit });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

async function installPage(): Promise<void> {
  const ui = join(folder, "dist/ui");
  await mkdir(join(ui, "static/js"), { recursive: true });
  for (const [path, content] of [
    ["index.html", page],
    [hashed, script],
  ] as const) {
    await writeFile(join(ui, `${path}.br`), brotliCompressSync(content));
    await writeFile(join(ui, `${path}.gz`), gzipSync(content));
  }
  await writeFile(join(ui, "favicon.ico"), "icon");
  const files = {
    "index.html": { type: "text/html; charset=utf-8", hash: "one", compressed: true },
    [hashed]: { type: "text/javascript; charset=utf-8", hash: "two", compressed: true },
    "favicon.ico": { type: "image/vnd.microsoft.icon", hash: "three", compressed: false },
  };
  await writeFile(join(ui, "files.json"), JSON.stringify({ version: mlflowVersion, files } satisfies Bundle));
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(host.url + path, { headers });

describe("the page's files", () => {
  it("are missed with a page that says what to run, until they are there", async () => {
    const missing = await get("/");
    expect([missing.status, missing.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await missing.text()).toContain("npm run ui");
    expect((await get(`/static-files/${hashed}`)).status).toBe(404);
    await installPage();
    expect(await (await get("/")).text()).toBe(page);
  });

  it("are an entry page that no client caches", async () => {
    const { headers } = await get("/");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
  });

  it.each([
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["identity", null],
  ])("come in the encoding that %s asks", async (accepted, encoding) => {
    const answer = await get(`/static-files/${hashed}`, { "accept-encoding": accepted });
    expect(answer.headers.get("content-encoding")).toBe(encoding);
    expect(answer.headers.get("vary")).toMatch(/Accept-Encoding/);
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await answer.text()).toBe(script);
  });

  it("are kept for good where their name holds a hash, and asked for again by ETag where not", async () => {
    const kept = await get(`/static-files/${hashed}`);
    expect(kept.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const icon = await get("/static-files/favicon.ico");
    expect([icon.headers.get("cache-control"), await icon.text()]).toEqual(["public, no-cache", "icon"]);
    for (const etag of [icon.headers.get("etag")!, `"other", W/${icon.headers.get("etag")}`])
      expect((await get("/static-files/favicon.ico", { "if-none-match": etag })).status).toBe(304);
    expect((await get("/static-files/favicon.ico", { "if-none-match": '"other"' })).status).toBe(200);
  });

  it.each([
    "/static-files/../main.cjs",
    "/static-files/%2e%2e/main.cjs",
    "/static-files/..%2fmain.cjs",
    "/static-files/static/..%5c..%5c..%5cmain.cjs",
    "/static-files/files.json",
    `/static-files/${hashed}.br`,
    "/static-files/constructor",
    "/static-files/",
  ])("are these files only, so %s is refused", async (path) => {
    expect(await send(host.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 40[04]/,
    );
  });
});
