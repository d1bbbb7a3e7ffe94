import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, sendPart, type Upload } from "./support/artifacts.ts";
import { TestTables } from "./support/tables.ts";

const tables = new TestTables();
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp({ ...aDestination(), ...tables.settings });
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

const partSize = 1000;
const fill = (text: string, parts: number) => Buffer.from(text.repeat(partSize * parts).slice(0, partSize * parts));

/** An upload whose parts all lie in storage. */
async function uploaded(folder: string, name: string, parts: number, text = "x"): Promise<Upload> {
  const { json } = await client.create(folder, name, parts);
  for (const credential of json.credentials) await sendPart(credential, fill(text, 1));
  return json;
}

const stateOf = async (upload: Upload) => (await tables.upload(upload.upload_id)).state;
const refusedWith = (message: RegExp) => ({
  status: 400,
  json: { error_code: "INVALID_PARAMETER_VALUE", message: expect.stringMatching(message) },
});
const conflict = { status: 409, json: { error_code: "RESOURCE_CONFLICT" } };

describe("the upload ledger", () => {
  it("has a row for each upload: which file, how many parts, who, when, and how it ended", async () => {
    const before = Date.now();
    const open = await uploaded("ledger", "ü 1", 3);
    const row = await tables.upload(open.upload_id);
    expect(row).toMatchObject({ parts: 3, who: "anonymous", state: "open", container: expect.any(String) });
    expect(row.blob).toBe("some/where/ledger/ü 1");
    expect(row.request).toMatch(/^[0-9a-f-]{36}$/);
    expect((row.created as Date).getTime()).toBeGreaterThanOrEqual(before);
    expect(row.ended).toBeUndefined();
    expect((await client.complete("ledger", "ü 1", open)).status).toBe(200);
    const completed = await tables.upload(open.upload_id);
    expect(completed).toMatchObject({ parts: 3, state: "completed", blob: "some/where/ledger/ü 1" });
    expect((completed.ended as Date).getTime()).toBeGreaterThanOrEqual(before);

    const given = await uploaded("ledger", "2", 2);
    expect((await client.abort("ledger", "2", given.upload_id)).status).toBe(200);
    expect(await stateOf(given)).toBe("aborted");
  });
});

describe.each([1, 3])("an upload of %d parts", (parts) => {
  const name = `${parts}`;

  it("is completed again after a lost answer", async () => {
    const upload = await uploaded("again", name, parts);
    for (let times = 0; times < 3; times++) expect((await client.complete("again", name, upload)).status).toBe(200);
    expect(await stateOf(upload)).toBe("completed");
  });

  it("can neither be completed nor aborted after an abort", async () => {
    const upload = await uploaded("aborted", name, parts);
    expect((await client.abort("aborted", name, upload.upload_id)).status).toBe(200);
    const before = await client.list("aborted");
    expect(await client.complete("aborted", name, upload)).toMatchObject(refusedWith(/was aborted/));
    expect(await client.abort("aborted", name, upload.upload_id)).toMatchObject(refusedWith(/was aborted/));
    expect(await client.list("aborted")).toEqual(before);
  });

  it("is not aborted once it is completed, and keeps its file", async () => {
    const upload = await uploaded("kept", name, parts, "k");
    await client.complete("kept", name, upload);
    expect(await client.abort("kept", name, upload.upload_id)).toMatchObject(conflict);
    expect(await client.download(`kept/${name}`)).toEqual(fill("k", parts));
    expect(await stateOf(upload)).toBe("completed");
  });

  it("is of one path, and of its own number of parts", async () => {
    const upload = await uploaded("mine", name, parts);
    const other = `${name}-other`;
    await uploaded("mine", other, parts, "o").then((theirs) => client.complete("mine", other, theirs));
    expect(await client.complete("mine", other, upload)).toMatchObject(refusedWith(/is of another file/));
    expect(await client.abort("mine", other, upload.upload_id)).toMatchObject(refusedWith(/is of another file/));
    expect(await client.download(`mine/${other}`)).toEqual(fill("o", parts));
    const [token] = upload.upload_id.split(".");
    const wider = { ...upload, upload_id: `${token}.${parts + 1}` };
    const credentials = Array.from({ length: parts + 1 }, (_, index) => ({ url: "", part_number: index + 1 }));
    expect(await client.complete("mine", name, wider, credentials)).toMatchObject(refusedWith(/issued no upload/));
    expect(await stateOf(upload)).toBe("open");
    expect((await client.complete("mine", name, upload)).status).toBe(200);
  });

  it("that was never issued is refused", async () => {
    const upload_id = `AAAAAAAAAAAA.${parts}`;
    const credentials = Array.from({ length: parts }, (_, index) => ({ url: "", part_number: index + 1 }));
    const answers = [
      await client.complete("never", name, { upload_id, credentials }),
      await client.abort("never", name, upload_id),
    ];
    for (const answer of answers) expect(answer).toMatchObject(refusedWith(/This server issued no upload 'AAAA/));
    expect(await client.list("never")).toEqual({});
  });

  it("takes 64 completes at once", async () => {
    const upload = await uploaded("at-once", name, parts, "64 ");
    const answers = await times(64, () => client.complete("at-once", name, upload));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const part = fill("64 ", 1);
    expect(await client.download(`at-once/${name}`)).toEqual(Buffer.concat(Array.from({ length: parts }, () => part)));
  });
});

describe("many uploads of one file", () => {
  it("end with one whole file, and its upload alone as the winner", async () => {
    const texts = Array.from({ length: 16 }, (_, index) => String.fromCharCode(97 + index));
    const all = await Promise.all(texts.map((text) => uploaded("race", "x", 4, text)));
    const answers = await Promise.all(all.map((upload) => client.complete("race", "x", upload)));
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const content = await client.download("race/x");
    const [winner] = texts.filter((text) => content.equals(fill(text, 4)));
    expect(winner).toBeDefined();
    const index = texts.indexOf(winner!);
    expect(answers[index]!.status).toBe(200);
    expect(await stateOf(all[index]!)).toBe("completed");
  });
});

describe("what a client says of its file", () => {
  const md5 = (content: Buffer) => createHash("md5").update(content).digest("base64");
  const complete = (name: string, upload: Upload, more: object) =>
    client.complete("said", name, upload, upload.credentials, more);

  it("becomes the file's MD5, and is compared with its size", async () => {
    const upload = await uploaded("said", "good", 3);
    const content = fill("x", 3);
    for (const more of [{ size: content.length, content_md5: md5(content) }, { size: String(content.length) }])
      expect((await complete("good", upload, more)).status).toBe(200);
    const { json } = await client.call<{ url: string }>("GET", "/presigned/said/good");
    expect((await fetch(json.url, { method: "HEAD" })).headers.get("content-md5")).toBe(md5(content));
  });

  it.each([2999, 3001, 0, -1])("commits nothing where the size is said to be %d", async (size) => {
    const upload = await uploaded("said", "wrong", 3);
    expect(await complete("wrong", upload, { size })).toMatchObject(refusedWith(/3000 bytes/));
    expect((await client.call("GET", "/presigned/said/wrong")).status).toBe(404);
    expect(await stateOf(upload)).toBe("open");
  });

  it("finds a missing part before it adds up the size", async () => {
    const { json } = await client.create("said", "missing", 2);
    expect(await complete("missing", json, { size: 1000 })).toMatchObject(refusedWith(/was not uploaded/));
    await sendPart(json.credentials[0]!, fill("x", 1));
    expect(await complete("missing", json, { size: 1000 })).toMatchObject(refusedWith(/was not uploaded/));
  });

  it("is compared with a file of one part, which is in place already", async () => {
    const upload = await uploaded("said", "one", 1);
    expect(await complete("one", upload, { size: 999 })).toMatchObject(refusedWith(/1000 bytes/));
    expect(await complete("one", upload, { content_md5: md5(Buffer.from("y")) })).toMatchObject(refusedWith(/MD5/));
    expect((await complete("one", upload, { size: 1000, content_md5: md5(fill("x", 1)) })).status).toBe(200);
  });

  it.each(["x", "", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAA", 16])(
    "takes no %j for an MD5",
    async (content_md5) => {
      const upload = await uploaded("said", "odd", 2);
      expect((await complete("odd", upload, { content_md5 })).status).toBe(400);
      expect((await client.call("GET", "/presigned/said/odd")).status).toBe(404);
    },
  );
});
