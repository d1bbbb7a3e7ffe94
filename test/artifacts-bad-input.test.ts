import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { aLoggedModel, anExperiment, aRun, theRun } from "./factories.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, type Credential, sendPart } from "./support/artifacts.ts";
import { TestTables } from "./support/tables.ts";

const tables = new TestTables();
const settings = aDestination();
const [, container] = /^wasbs:\/\/([^@]+)@/.exec(settings.MLFLOW_ARTIFACTS_DESTINATION)!;
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp({ ...settings, ...tables.settings });
  client = new ArtifactsClient(app.url);
  await client.put("first/file", "1");
});
afterAll(() => app.close());
afterEach(() => void vi.useRealTimers());

/** Every blob with its etag. */
async function everything(): Promise<string[]> {
  const found: string[] = [];
  const blobs = BlobServiceClient.fromConnectionString(inject("storage")).getContainerClient(container!);
  for await (const { name, properties } of blobs.listBlobsFlat()) found.push(`${name} ${properties.etag}`);
  return found;
}

/** Runs what must change no blob. */
async function unchanged<T>(work: () => Promise<T>): Promise<T> {
  const before = await everything();
  const result = await work();
  expect(await everything()).toEqual(before);
  return result;
}

function expectRefused({ status, body, text, headers }: Answer): void {
  expect(status).toBe(400);
  expect(body).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE", message: expect.any(String) });
  expect(text).not.toMatch(/sig=/);
  expect(headers.get("location")).toBeNull();
}

const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/${route}`, body);
const ownRoot = `${settings.MLFLOW_ARTIFACTS_DESTINATION}/own`;
const past = (seconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - seconds * 1000 });

describe("a SAS that is replayed after its expiry", () => {
  it.each([1, 2])("writes no part of an upload of %d, which then can't be completed", async (parts) => {
    past(3 * 3600);
    const { json } = await client.create("expired", `${parts}`, parts);
    vi.useRealTimers();
    await unchanged(async () => {
      for (const credential of json.credentials)
        expect((await sendPart(credential, Buffer.from("x"))).status).toBe(403);
      const { status, json: refused } = await client.complete("expired", `${parts}`, json);
      expect([status, refused.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    });
  });

  it("neither writes nor reads a run's file", async () => {
    const run_id = await aRun(app, { experiment_id: await anExperiment(app, { artifact_location: ownRoot }) });
    const sign = async (route: string) => (await post(route, { run_id, path: "x", expiration: 5 })).body;
    const { presigned_url: fresh, headers } = await sign("artifacts/presigned-upload-url");
    expect((await sendPart({ url: fresh, headers, part_number: 1 }, Buffer.from("kept"))).status).toBe(201);
    past(10);
    const { presigned_url: write } = await sign("artifacts/presigned-upload-url");
    const { presigned_url: read } = await sign("artifacts/presigned-download-url");
    vi.useRealTimers();
    await unchanged(async () => {
      const sent = await sendPart({ url: write, headers, part_number: 1 }, Buffer.from("late"));
      expect([sent.status, (await fetch(read)).status]).toEqual([403, 403]);
    });
    expect((await app.get("/get-artifact", { run_id, path: "x" })).text).toBe("kept");
  });
});

describe("a path that names someone else's experiment", () => {
  it.each([undefined, ownRoot])("leads there from no run and no model (root %s)", async (artifact_location) => {
    const [mine, theirs] = [
      await anExperiment(app, { artifact_location }),
      await anExperiment(app, { artifact_location }),
    ];
    const [run_id, other] = [await aRun(app, { experiment_id: mine }), await aRun(app, { experiment_id: theirs })];
    const model_id = await aLoggedModel(app, { experiment_id: mine });
    const { artifact_uri } = (await theRun(app, other)).info;
    const folder = artifact_uri.replace(/^mlflow-artifacts:\//, "").replace(/^.*\/some\/where\//, "");
    await client.put(`${folder}/secret`, "theirs");
    const up = `../../../${theirs}/${other}/artifacts/secret`;
    const paths = [
      up,
      up.replaceAll("..", "%2e%2e"),
      up.replaceAll("/", "%2F"),
      up.replaceAll("/", "\\"),
      `x/../${up}`,
    ];
    await unchanged(async () => {
      for (const path of paths.flatMap((path) => [path, encodeURIComponent(path)])) {
        const query = new URLSearchParams({ run_id, path });
        for (const answer of [
          await app.get("/api/2.0/mlflow/artifacts/list", { run_id, path }),
          await app.get("/get-artifact", { run_id, path }),
          await app.request("POST", `/ajax-api/2.0/mlflow/upload-artifact?${query}`, { body: "x" }),
          await post("artifacts/presigned-upload-url", { run_id, path }),
          await post("artifacts/presigned-upload-url", { model_id, path }),
          await post("artifacts/presigned-download-url", { run_id, path }),
          await app.get(`/ajax-api/2.0/mlflow/logged-models/${model_id}/artifacts/files`, { artifact_file_path: path }),
        ])
          expect([400, 404]).toContain(answer.status);
        expectRefused(await app.get("/get-artifact", { run_id, path }));
      }
    });
  });
});

describe("a blob's name", () => {
  // The destination's own prefix counts.
  const longest = (folder: string) => "n".repeat(1024 - `some/where/${folder}/`.length);

  it("may have 1,024 characters, on every route", async () => {
    const name = longest("long");
    expect((await client.put(`long/${name}`, "text")).status).toBe(200);
    expect((await client.download(`long/${name}`)).toString()).toBe("text");
    await client.upload("long", name, Buffer.from("direct"), 3);
    expect((await client.download(`long/${name}`)).toString()).toBe("direct");
    expect((await client.list("long")).files).toMatchObject([{ path: name }]);
    expect((await client.call("DELETE", `/artifacts/long/${name}`)).status).toBe(200);
    expect(await client.list("long")).toEqual({});
  });

  it("may not have one more, nor 255 segments", async () => {
    const names = [`long/${longest("long")}n`, `${"s/".repeat(252)}s`];
    await unchanged(async () => {
      for (const name of names) {
        const folder = name.slice(0, name.lastIndexOf("/"));
        const file = name.slice(folder.length + 1);
        const one: Credential = { url: "", part_number: 1 };
        const answers = [
          await client.put(name, "x"),
          await client.raw("GET", `/artifacts/${name}`),
          await client.raw("GET", `/presigned/${name}`),
          await client.create(folder, file, 1),
          await client.complete(folder, file, { upload_id: "AAAAAAAAAAAA.1", credentials: [one] }),
          await client.abort(folder, file, "AAAAAAAAAAAA.1"),
        ];
        for (const { status, text } of answers) {
          expect(status).toBe(400);
          expect(JSON.parse(text).message).toMatch(/Azure allows 1024 in 254 segments/);
        }
      }
    });
  });
});

describe("a multipart request that is malformed", () => {
  const body = (more: object) => ({
    path: "x",
    upload_id: "AAAAAAAAAAAA.1",
    num_parts: 1,
    parts: [{ part_number: 1 }],
    ...more,
  });

  it.each([
    ["create", { num_parts: "many" }],
    ["create", { num_parts: 1.5 }],
    ["create", { num_parts: "99999999999999999999" }],
    ["create", { path: 7 }],
    ["create", { path: undefined }],
    ["complete", { parts: "all" }],
    ["complete", { parts: [null] }],
    ["complete", { parts: [{ part_number: "first" }] }],
    ["complete", { parts: [{}] }],
    ["complete", { parts: [{ part_number: 0 }] }],
    ["complete", { parts: [{ part_number: 1, url: 5 }] }],
    ["complete", { upload_id: undefined }],
    ["complete", { upload_id: "../../x.1" }],
    ["complete", { upload_id: "AAAAAAAAAAA'.1" }],
    ["complete", { upload_id: `${"A".repeat(20)}.1` }],
    ["complete", { size: "large" }],
    ["abort", { upload_id: undefined }],
    ["abort", { upload_id: "AAAAAAAAAAAA.0" }],
    ["abort", { upload_id: { $ne: "" } }],
  ])("%s with %j is refused", async (verb, more) => {
    await unchanged(async () =>
      expectRefused(await app.post(`/api/2.0/mlflow-artifacts/mpu/${verb}/malformed`, body(more))),
    );
  });
});
