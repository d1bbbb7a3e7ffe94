import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, type Credential, oddNames, sendPart } from "./support/artifacts.ts";

let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp(aDestination());
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

const invalidPath = { error_code: "INVALID_PARAMETER_VALUE", message: "Invalid path" };

describe("POST mpu/create and complete", () => {
  it.each([
    ["nothing", 0, 1000],
    ["one byte", 1, 1000],
    ["exactly one part", 1000, 1000],
    ["one byte more than a part", 1001, 1000],
    ["120 parts", 119_500, 1000],
  ])("carry a file of %s", async (_, size, partSize) => {
    const content = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) % 256));
    await client.upload("sizes", `${size}.bin`, content, partSize);
    expect(await client.download(`sizes/${size}.bin`)).toEqual(content);
    expect((await client.list("sizes")).files).toContainEqual({
      path: `${size}.bin`,
      is_dir: false,
      ...(size > 0 && { file_size: size }),
    });
  });

  it.each(oddNames)("take the name %j", async (name) => {
    await client.upload(`odd/${name}`, name, Buffer.from(name), 1000);
    expect((await client.download(`odd/${name}/${name}`)).toString()).toBe(name);
    expect((await client.list(`odd/${name}`)).files).toEqual([
      { path: name, is_dir: false, file_size: Buffer.byteLength(name) },
    ]);
  });

  it("set the content type by the name", async () => {
    for (const [name, size] of [
      ["a.png", 10],
      ["b.png", 2000],
    ] as const) {
      await client.upload("types", name, Buffer.alloc(size), 1000);
      const { json } = await client.call<{ url: string }>("GET", `/presigned/types/${name}`);
      expect((await fetch(json.url)).headers.get("content-type")).toBe("image/png");
    }
  });

  it("take the last segment of the local path that older clients send", async () => {
    for (const path of ["/tmp/work/old.bin", "C:\\Users\\me\\old.bin"]) {
      const { json } = await client.create("older", path, 2);
      expect(new URL(json.credentials[0]!.url).pathname).toMatch(/\/older\/old\.bin$/);
    }
  });

  it("sign for one blob, and for writing only", async () => {
    const { json } = await client.create("signed", "mine.bin", 1);
    const { url, headers } = json.credentials[0]!;
    const other = url.replace("mine.bin", "other.bin");
    expect((await sendPart({ url: other, headers, part_number: 1 }, Buffer.from("x"))).status).toBe(403);
    expect((await sendPart(json.credentials[0]!, Buffer.from("x"))).status).toBe(201);
    expect((await fetch(url)).status).toBe(403);
    const query = new URL(url).searchParams;
    expect(query.get("sp")).toBe("w");
    expect(query.get("sr")).toBe("b");
  });

  it("can be repeated", async () => {
    for (const size of [10, 2500]) {
      const content = Buffer.alloc(size, "r");
      const done = await client.upload("again", `${size}`, content, 1000);
      expect((await client.complete("again", `${size}`, done)).status).toBe(200);
      expect(await client.download(`again/${size}`)).toEqual(content);
    }
  });

  it.each([1, 2])("let one of two uploads win whole (%d parts)", async (parts) => {
    const [first, second] = [
      await client.create("race", `${parts}`, parts),
      await client.create("race", `${parts}`, parts),
    ];
    for (const credential of first.json.credentials) await sendPart(credential, Buffer.from("first"));
    for (const credential of second.json.credentials) await sendPart(credential, Buffer.from("second"));
    const winner = parts === 1 ? second : first;
    const loser = parts === 1 ? first : second;
    expect((await client.complete("race", `${parts}`, winner.json)).status).toBe(200);
    expect(await client.complete("race", `${parts}`, loser.json)).toMatchObject({
      status: 409,
      json: { error_code: "RESOURCE_CONFLICT" },
    });
    const text = (parts === 1 ? "second" : "first").repeat(parts);
    expect((await client.download(`race/${parts}`)).toString()).toBe(text);
  });

  it("leave another upload's blocks alone when repeated", async () => {
    const first = await client.upload("under-way", "x", Buffer.alloc(2000, 1), 1000);
    const { json: second } = await client.create("under-way", "x", 2);
    for (const credential of second.credentials) await sendPart(credential, Buffer.from("second"));
    expect((await client.complete("under-way", "x", first)).status).toBe(200);
    expect((await client.complete("under-way", "x", second)).status).toBe(200);
    expect((await client.download("under-way/x")).toString()).toBe("secondsecond");
  });

  it("refuse parts that are missing, doubled or another's", async () => {
    const { json: mine } = await client.create("parts", "x", 3);
    const { json: other } = await client.create("parts", "x", 3);
    const [one, two, three] = mine.credentials as [Credential, Credential, Credential];
    for (const credential of [one, two]) await sendPart(credential, Buffer.from("x"));
    const wrong: [Credential[], string][] = [
      [[one, two], "The upload has 3 parts and 2 are given."],
      [[one, two, two], "The same part is given twice."],
      [[one, two, { ...three, url: two.url }], "The URL of part 3 belongs to another part."],
      [[one, two, other.credentials[2]!], "The URL of part 3 belongs to another part."],
      [[one, two, { ...three, part_number: 4 }], "Part 4 is none of the upload's 3 parts."],
      [
        [],
        "Missing value for required parameter 'parts'. See the API docs for more information about request parameters.",
      ],
      [mine.credentials, "The upload cannot be completed: at least one of its parts was not uploaded."],
    ];
    for (const [parts, message] of wrong)
      expect(await client.complete("parts", "x", mine, parts)).toMatchObject({
        status: 400,
        json: { error_code: "INVALID_PARAMETER_VALUE", message },
      });
    expect(await client.list("parts")).toEqual({});
    await sendPart(three, Buffer.from("x"));
    expect((await client.complete("parts", "x", mine)).status).toBe(200);
  });

  it("refuse an upload id of another path, and one that was never issued", async () => {
    const { json: mine } = await client.create("ids", "mine", 2);
    for (const credential of mine.credentials) await sendPart(credential, Buffer.from("x"));
    expect((await client.complete("ids", "other", mine)).status).toBe(400);
    for (const id of ["", "x", "AAAAAAAAAAAA.2", "AAAAAAAAAAAA.50001"])
      expect((await client.complete("ids", "mine", { ...mine, upload_id: id })).status).toBe(400);
    expect(await client.list("ids")).toEqual({});
  });

  it.each([
    [50_001, /MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE/],
    [0, /at least 1/],
    [-1, /at least 1/],
  ])("refuse %d parts", async (parts, message) => {
    const { status, json } = await client.create("many", "x", parts);
    expect(status).toBe(400);
    expect(json.message).toMatch(message);
  });

  it("hand out 50,000 parts", async () => {
    const { json } = await client.create("many", "x", 50_000);
    expect(json.credentials).toHaveLength(50_000);
    const { searchParams } = new URL(json.credentials[49_999]!.url);
    expect(Buffer.from(searchParams.get("blockid")!, "base64")).toHaveLength(18);
  });

  it("refuse names that Azure does not take", async () => {
    expect((await client.create("long", "x".repeat(1008), 1)).status).toBe(200);
    expect((await client.create("long", "x".repeat(1009), 1)).json.message).toMatch(/1025 characters/);
  });

  it("leave the skill registry's uploads alone", async () => {
    expect((await client.create("skills/x", "y", 1)).status).toBe(403);
  });

  it.each(["..", ".", "a/..", "../x", "..%2fx", "%252e%252e", "src%5C..", "dir/", "a\0"])(
    "refuse the file name %j",
    async (path) => {
      for (const verb of ["create", "complete", "abort"]) {
        const body = { path, num_parts: 1, upload_id: "AAAAAAAAAAAA.1", parts: [{ part_number: 1 }] };
        expect(await client.call("POST", `/mpu/${verb}/traversal`, body)).toMatchObject({
          status: 400,
          json: invalidPath,
        });
      }
    },
  );
});

describe("POST mpu/abort", () => {
  it("leaves the file before it as it is", async () => {
    await client.upload("abort", "before", Buffer.from("before"), 1000);
    const { json } = await client.create("abort", "before", 2);
    await sendPart(json.credentials[0]!, Buffer.from("after"));
    expect((await client.abort("abort", "before", json.upload_id)).status).toBe(200);
    expect((await client.download("abort/before")).toString()).toBe("before");
  });

  it("refuses an id that was never issued", async () => {
    expect((await client.abort("abort", "x", "nonsense")).status).toBe(400);
  });
});
