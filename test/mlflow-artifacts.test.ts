import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, oddNames, sendPart } from "./support/artifacts.ts";

let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp(aDestination());
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

const invalidPath = { error_code: "INVALID_PARAMETER_VALUE", message: "Invalid path" };

const badPaths = [
  "..%2fx",
  "a/..%2f..%2fx",
  "%252e%252e/x",
  "a/%252e%252e/x",
  "%25252e%25252e%25252fx",
  "a%5c..%5cx",
  "..%5cx",
  "%252fetc/x",
  "a/%252f/x",
  "C%3a%2fx",
  "C:/x",
  "a%2500b",
  "a/%252e/x",
  "file:x",
];

describe("GET presigned", () => {
  it("answers a URL that reads this file, saves it under its name, and does nothing else", async () => {
    await client.upload("read", "ü b.txt", Buffer.from("text"), 1000);
    const { status, json } = await client.call<{ url: string }>(
      "GET",
      `/presigned/read/${encodeURIComponent("ü b.txt")}`,
    );
    expect(status).toBe(200);
    expect(json).toEqual({ url: expect.any(String), headers: {}, file_size: 4 });
    const read = await fetch(json.url, { headers: { range: "bytes=1-2" } });
    expect([read.status, await read.text()]).toEqual([206, "ex"]);
    expect(read.headers.get("content-disposition")).toBe(
      "attachment; filename=\"u b.txt\"; filename*=UTF-8''%C3%BC%20b.txt",
    );
    const write = await sendPart(
      { url: json.url, headers: { "x-ms-blob-type": "BlockBlob" }, part_number: 1 },
      Buffer.from("x"),
    );
    expect(write.status).toBe(403);
    expect((await fetch(json.url, { method: "DELETE" })).status).toBe(403);
  });

  it("does not find what is not there, nor a folder", async () => {
    await client.upload("read/folder", "x", Buffer.from("text"), 1000);
    for (const path of ["read/nothing", "read/folder"])
      expect(await client.call("GET", `/presigned/${path}`)).toMatchObject({
        status: 404,
        json: { error_code: "RESOURCE_DOES_NOT_EXIST", message: `No such artifact: '${path}'` },
      });
  });
});

describe("PUT artifacts", () => {
  it.each(oddNames)("stores %j", async (name) => {
    expect(await client.put(`put/${name}/${name}`, name)).toEqual({ status: 200, text: "" });
    expect((await client.download(`put/${name}/${name}`)).toString()).toBe(name);
  });

  it("takes a bare % as the stock client sends it", async () => {
    expect(
      (await client.raw("PUT", "/artifacts/put/100%%20sure", { "content-length": "1" }, Buffer.from("x"))).status,
    ).toBe(200);
    expect((await client.download("put/100% sure")).toString()).toBe("x");
  });

  it("takes the stock client's empty file, which comes without a length, and no one else's", async () => {
    const chunked = { "transfer-encoding": "chunked" };
    const stock = { ...chunked, "user-agent": "mlflow-python-client/3.17.2" };
    expect((await client.raw("PUT", "/artifacts/put/empty", stock)).status).toBe(200);
    expect(await client.download("put/empty")).toHaveLength(0);
    expect((await client.raw("PUT", "/artifacts/put/chunked", chunked, Buffer.from("lost"))).status).toBe(411);
    expect((await client.call("GET", "/presigned/put/chunked")).status).toBe(404);
    expect(await client.put("put/zero", "")).toMatchObject({ status: 200 });
  });

  it("compares the content with its Content-MD5", async () => {
    const body = Buffer.from("content");
    const put = (name: string, md5: string) =>
      client.raw("PUT", `/artifacts/md5/${name}`, { "content-length": "7", "content-md5": md5 }, body);
    expect((await put("good", createHash("md5").update(body).digest("base64"))).status).toBe(200);
    for (const md5 of [createHash("md5").update("other").digest("base64"), "x", ""]) {
      const { status, text } = await put("wrong", md5);
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
    }
    expect((await client.list("md5")).files).toEqual([{ path: "good", is_dir: false, file_size: 7 }]);
  });

  it("refuses more than its limit, and says what to do", async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    const { status, text } = await client.raw(
      "PUT",
      "/artifacts/put/large",
      { "content-length": String(body.length) },
      body,
    );
    expect(status).toBe(413);
    expect(text).toMatch(/3\.18.*MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE.*MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT/);
    expect((await client.call("GET", "/presigned/put/large")).status).toBe(404);
  });

  it("needs a file name, and not the skill registry's", async () => {
    const one = { "content-length": "1" };
    const { status, text } = await client.raw("PUT", "/artifacts/put/folder/", one, Buffer.from("x"));
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toBe("Artifact path must include a filename (cannot end with '/').");
    expect((await client.raw("PUT", "/artifacts/skills/x", one, Buffer.from("x"))).status).toBe(403);
  });

  it.each(badPaths)("refuses %s, on every route", async (path) => {
    const before = await client.list("");
    const one = { "content-length": "1" };
    const body = JSON.stringify({ path: "x", num_parts: 1, upload_id: "AAAAAAAAAAAA.1", parts: [{ part_number: 1 }] });
    const json = { "content-type": "application/json", "content-length": String(body.length) };
    const answers = [
      await client.raw("PUT", `/artifacts/${path}`, one, Buffer.from("x")),
      await client.raw("GET", `/artifacts/${path}`),
      await client.raw("GET", `/presigned/${path}`),
      await client.raw("DELETE", `/artifacts/${path}`),
      await client.raw("GET", `/artifacts?path=${path}`),
      await client.raw("POST", `/mpu/create/${path}`, json, Buffer.from(body)),
      await client.raw("POST", `/mpu/complete/${path}`, json, Buffer.from(body)),
      await client.raw("POST", `/mpu/abort/${path}`, json, Buffer.from(body)),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject(invalidPath);
    }
    expect(await client.list("")).toEqual(before);
  });

  const putRaw = (path: string) => client.raw("PUT", `/artifacts${path}`, { "content-length": "1" }, Buffer.from("x"));

  it.each([
    ["/../../x", 404],
    ["/%2e%2e/%2e%2e/x", 404],
    ["/.%2e/../x", 404],
    ["/a\\..\\x", 400],
    ["//x", 404],
    ["/a//x", 404],
    ["/%2fetc/x", 400],
    ["/a/%2f/x", 400],
    ["/a%00b", 400],
  ])("stores nothing at %s", async (path, expected) => {
    const before = await client.list("");
    expect((await putRaw(path)).status).toBe(expected);
    expect(await client.list("")).toEqual(before);
  });

  it.each(["/dots/../resolved.txt", "/dots/%2e%2e/resolved.txt"])(
    "takes %s for what the host makes of it",
    async (path) => {
      expect((await putRaw(path)).status).toBe(200);
      expect((await client.call("DELETE", "/artifacts/resolved.txt")).status).toBe(200);
    },
  );
});

describe("GET artifacts/<path>", () => {
  it("redirects to the file, under its name and type", async () => {
    await client.put("get/a b.txt", "text");
    const { status, headers, text } = await client.call("GET", "/artifacts/get/a%20b.txt");
    expect([status, text]).toEqual([302, ""]);
    const read = await fetch(headers.get("location")!);
    expect(await read.text()).toBe("text");
    expect(read.headers.get("content-type")).toBe("text/plain");
    expect(read.headers.get("content-disposition")).toBe('attachment; filename="a b.txt"');
  });

  it("is followed as a client does", async () => {
    await client.put("get/followed", "text");
    expect(await (await fetch(`${app.url}/ajax-api/2.0/mlflow-artifacts/artifacts/get/followed`)).text()).toBe("text");
  });

  it("does not find what is not there", async () => {
    expect(await client.call("GET", "/artifacts/get/nothing")).toMatchObject({
      status: 404,
      json: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "No such artifact: 'get/nothing'" },
    });
  });
});

describe("GET artifacts", () => {
  it("lists files and folders by name, with sizes where there is something", async () => {
    for (const path of ["b/x", "B", "a", "a!/y", "ü", "b.txt"])
      await client.put(`list/${path}`, path === "a" ? "" : "12");
    expect((await client.list("list")).files).toEqual([
      { path: "B", is_dir: false, file_size: 2 },
      { path: "a", is_dir: false },
      { path: "a!", is_dir: true },
      { path: "b", is_dir: true },
      { path: "b.txt", is_dir: false, file_size: 2 },
      { path: "ü", is_dir: false, file_size: 2 },
    ]);
    expect(await client.list("list/")).toEqual(await client.list("list"));
  });

  it("has nothing for a file, and for what is not there", async () => {
    await client.put("list-file/x", "1");
    expect(await client.list("list-file/x")).toEqual({});
    expect(await client.list("list-file/y")).toEqual({});
    expect(await client.list("list-fil")).toEqual({});
  });

  it("lists beyond one page of Azure's", async () => {
    const total = 5001;
    await Promise.all(
      Array.from({ length: 25 }, async (_, worker) => {
        for (let index = worker; index < total; index += 25) await client.put(`thousands/${index}`, "");
      }),
    );
    const { files } = (await client.list("thousands")) as { files: { path: string }[] };
    expect(new Set(files.map(({ path }) => path)).size).toBe(total);
  }, 240_000);
});

describe("DELETE artifacts", () => {
  it("removes the named file or folder and nothing beside it", async () => {
    const paths = ["a/b", "a/b/c", "a/b/d/e", "a/bc", "a/b.txt", "a/B", "ab"];
    for (const path of paths) await client.put(`delete/${path}`, "1");
    expect(await client.call("DELETE", "/artifacts/delete/a/b")).toMatchObject({ status: 200, json: {} });
    const left = ((await client.list("delete/a")).files as { path: string }[]).map(({ path }) => path);
    expect(left).toEqual(["B", "b.txt", "bc"]);
    expect(await client.list("delete/a/b")).toEqual({});
  });

  it("takes a folder with a slash at its end, as mlflow gc sends it", async () => {
    for (let index = 0; index < 60; index++) await client.put(`gc/run/artifacts/${index}`, "1");
    expect((await client.raw("DELETE", "/artifacts/gc/run/artifacts/")).status).toBe(200);
    expect(await client.list("gc")).toEqual({});
  });

  it.each(["7/f/..", "7/models/%2e%2e", "7/models/m-1/..", "7/"])("takes no whole root by %s", async (path) => {
    await client.put("7/models/m-1/artifacts/MLmodel", "1");
    expect((await client.raw("DELETE", `/artifacts/${path}`)).status).toBe(400);
    expect(await client.list("7/models/m-1/artifacts")).toMatchObject({ files: [{ path: "MLmodel" }] });
  });

  it("can be repeated, and never takes the whole destination", async () => {
    expect((await client.call("DELETE", "/artifacts/nothing")).status).toBe(200);
    for (const path of ["", "/", "/%2f"]) {
      const { status } = await client.raw("DELETE", `/artifacts${path}`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });

  it("leaves the skill registry's uploads alone", async () => {
    expect((await client.call("DELETE", "/artifacts/skills")).status).toBe(403);
  });
});
