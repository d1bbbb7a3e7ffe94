import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { aLoggedModel, anExperiment, aRun, theRun } from "./factories.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination, oddNames } from "./support/artifacts.ts";

const settings = aDestination();
const [, container] = /^wasbs:\/\/([^@]+)@/.exec(settings.MLFLOW_ARTIFACTS_DESTINATION)!;
const blobs = BlobServiceClient.fromConnectionString(inject("storage")).getContainerClient(container!);
let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp(settings);
  client = new ArtifactsClient(app.url);
  await client.put("first/file", "1");
});
afterAll(() => app.close());

const ownRoot = `${settings.MLFLOW_ARTIFACTS_DESTINATION}/own`;

async function aRunsFolder() {
  const id = await aRun(app, { experiment_id: await anExperiment(app) });
  return { id, folder: (await theRun(app, id)).info.artifact_uri.replace("mlflow-artifacts:/", "") as string };
}

/** Stores a file as other tools do, past the app. */
const store = (path: string, content: string) =>
  blobs.getBlockBlobClient(`some/where/${path}`).upload(content, Buffer.byteLength(content));

async function everyName(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of blobs.listBlobsFlat()) found.push(name);
  return found;
}

const one = { "content-length": "1" };
const names = async (folder: string) => ((await client.list(folder)).files ?? []).map(({ path }) => path);

/** Each with what the refusal says. */
const refusedNames: [name: string, reason: RegExp][] = [
  ["h#x.txt", /'#'/],
  ["h%23x.txt", /'#', percent-encoded/],
  ["w?y.txt", /'\?'/],
  ["a\tb", /a tab/],
  ["a\rb", /a carriage return/],
  ["a\nb", /a line feed/],
  ["a\x01b", /U\+0001/],
  ["a\\b.txt", /'\\'/],
  ["a.", /'\.' at its end/],
  [" a", /a space at its start/],
  ["Foo:bar", /a capital letter/],
  ["a%2Fb", /'\/', percent-encoded/],
];

function expectRefused(status: number, text: string, reason: RegExp): void {
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({
    error_code: "INVALID_PARAMETER_VALUE",
    message: expect.stringMatching(reason),
  });
}

describe("a name that clients can't read back", () => {
  it.each(refusedNames)("%j is refused by each way to upload, as a file and as a folder", async (name, reason) => {
    const experiment_id = await anExperiment(app, { artifact_location: ownRoot });
    const run_id = await aRun(app, { experiment_id });
    const model_id = await aLoggedModel(app, { experiment_id });
    const before = await everyName();
    for (const path of [name, `${name}/x`]) {
      const query = new URLSearchParams({ run_id, path });
      const presign = (owner: object) => app.post("/api/2.0/mlflow/artifacts/presigned-upload-url", { ...owner, path });
      const answers: { status: number; text: string }[] = [
        await client.put(`refused/${path}`, "1"),
        await presign({ run_id }),
        await presign({ model_id }),
        await app.request("POST", `/ajax-api/2.0/mlflow/upload-artifact?${query}`, { body: "1" }),
      ];
      for (const { status, text } of answers) expectRefused(status, text, reason);
    }
    const id = { upload_id: "AAAAAAAAAAAA.1", credentials: [{ url: "", part_number: 1 }] };
    for (const [folder, file] of [
      ["refused", name],
      [`refused/${name}`, "x"],
    ] as const)
      for (const { status, text } of [
        await client.create(folder, file, 1),
        await client.complete(folder, file, id),
        await client.abort(folder, file, id.upload_id),
      ])
        expectRefused(status, text, reason);
    expect(await everyName()).toEqual(before);
  });

  it("is seen where clients send it as the query of a URL", async () => {
    await client.put("asked/w", "whole");
    const json = { "content-type": "application/json", "content-length": "26" };
    const body = Buffer.from('{"path":"x","num_parts":1}');
    for (const { status, text } of [
      await client.raw("PUT", "/artifacts/asked/w?y.txt", one, Buffer.from("1")),
      await client.raw("DELETE", "/artifacts/asked/w?y.txt"),
      await client.raw("GET", "/artifacts/asked/w?y.txt"),
      await client.raw("GET", "/presigned/asked/w?y.txt"),
      await client.raw("POST", "/mpu/create/asked/w?y", json, body),
    ])
      expectRefused(status, text, /'\?': it begins a query/);
    expect((await client.download("asked/w")).toString()).toBe("whole");
  });

  it.each(["h#x.txt", "a?b", "end.", "a%23b", " a", "Foo:bar"])(
    "%j is listed and deleted where it lies already, and nothing beside it",
    async (name) => {
      const { id, folder } = await aRunsFolder();
      const beside = ["h", "a", "end", "b", "foo:bar", "kept"];
      for (const file of beside) await store(`${folder}/d/${file}`, "1");
      await store(`${folder}/d/${name}`, "12");
      const listed = await app.get("/api/2.0/mlflow/artifacts/list", { run_id: id, path: "d" });
      expect(listed.body.files).toContainEqual({ path: `d/${name}`, is_dir: false, file_size: 2 });
      expect(await names(`${folder}/d`)).toContain(name);
      const path = `${folder}/d/${name}`.split("/").map(encodeURIComponent).join("/");
      expect((await client.raw("DELETE", `/artifacts/${path}`)).status).toBe(200);
      const left = (await everyName()).filter((each) => each.startsWith(`some/where/${folder}/d/`));
      expect(left.sort()).toEqual(beside.map((file) => `some/where/${folder}/d/${file}`).sort());
    },
  );
});

describe("a name that Azure Storage may take for another", () => {
  it.each(["kept.", "x\\kept", "d./kept"])("%j is not read", async (name) => {
    const { id, folder } = await aRunsFolder();
    await store(`${folder}/${name}`, "1");
    const answers: Answer[] = [
      await app.get("/get-artifact", { run_id: id, path: name }),
      await app.request("GET", `/api/2.0/mlflow-artifacts/presigned/${folder}/${name.replace("\\", "%5C")}`),
      await app.request("GET", `/api/2.0/mlflow-artifacts/artifacts/${folder}/${name.replace("\\", "%5C")}`),
    ];
    for (const { status, text } of answers) expectRefused(status, text, /Azure Storage/);
  });

  it("deletes no other", async () => {
    const { folder } = await aRunsFolder();
    for (const name of ["a/b", "end"]) await store(`${folder}/${name}`, "1");
    for (const name of ["a%5Cb", "a%5C", "end.", "a."])
      expect((await client.raw("DELETE", `/artifacts/${folder}/${name}`)).status).toBe(200);
    expect(await names(folder)).toEqual(["a", "end"]);
  });
});

describe("a name with escapes", () => {
  it("is stored as it was asked for, once decoded", async () => {
    const { id, folder } = await aRunsFolder();
    const stored = ["p%q", "p%25q", "p%41", "pA", "%41"];
    for (const name of stored) {
      expect((await client.put(`${folder}/put/${name}`, name)).status).toBe(200);
      await client.upload(`${folder}/sas`, name, Buffer.from(name), 1000);
    }
    for (const way of ["put", "sas"]) {
      expect(await names(`${folder}/${way}`)).toEqual([...stored].sort());
      for (const name of stored) {
        expect((await client.download(`${folder}/${way}/${name}`)).toString()).toBe(name);
        expect((await app.get("/get-artifact", { run_id: id, path: `${way}/${name}` })).text).toBe(name);
      }
    }
    expect((await client.call("DELETE", `/artifacts/${folder}/put/p%2541`)).status).toBe(200);
    expect(await names(`${folder}/put`)).toEqual(stored.filter((name) => name !== "p%41").sort());
  });

  it("is read by what the stock client makes of it", async () => {
    const { id, folder } = await aRunsFolder();
    const image = "dogs%step%41%timestamp%1712345678901%zabc.png";
    await client.put(`${folder}/images 50%/${image}`, "an image");
    const called = `images 50%/${image.replace("%41", "A")}`;
    expect((await client.download(`${folder}/${called}`)).toString()).toBe("an image");
    expect((await app.get("/get-artifact", { run_id: id, path: called })).text).toBe("an image");
    const redirect = await client.call(
      "GET",
      `/artifacts/${folder}/${called.split("/").map(encodeURIComponent).join("/")}`,
    );
    expect(await (await fetch(redirect.headers.get("location")!)).text()).toBe("an image");
    await client.upload(folder, "my%20file.csv", Buffer.from("a,b"), 1000);
    expect((await client.download(`${folder}/my file.csv`)).toString()).toBe("a,b");
  });

  it("belongs to the file of that very name, and is refused if clients call two files so", async () => {
    const { folder } = await aRunsFolder();
    for (const name of ["%41", "%2541", "B", "%42"]) await client.upload(folder, name, Buffer.from(name), 1000);
    expect((await client.download(`${folder}/B`)).toString()).toBe("B");
    const { status, text } = await client.raw("GET", `/presigned/${folder}/A`);
    expectRefused(status, text, /call several artifacts here 'A': %2541, %41/);
    expect((await client.raw("GET", `/presigned/${folder}/C`)).status).toBe(404);
  });

  it("is a folder's too", async () => {
    const { id, folder } = await aRunsFolder();
    await client.put(`${folder}/50%_a%41b/x.txt`, "1");
    await client.put(`${folder}/a b/y.txt`, "1");
    expect(await names(`${folder}/50%_aAb`)).toEqual(["x.txt"]);
    expect(await names(`${folder}/a%20b`)).toEqual(["y.txt"]);
    const { body } = await app.get("/api/2.0/mlflow/artifacts/list", { run_id: id, path: "50%_aAb" });
    expect(body.files).toEqual([{ path: "50%_aAb/x.txt", is_dir: false, file_size: 1 }]);
  });
});

describe("an artifact location with escapes", () => {
  it("is the folder that a URL with it means, for uploads, reads and listings", async () => {
    const experiment_id = await anExperiment(app, { artifact_location: "mlflow-artifacts:/at%20a%2520place" });
    const id = await aRun(app, { experiment_id });
    const { artifact_uri } = (await theRun(app, id)).info;
    const folder = artifact_uri.replace("mlflow-artifacts:/", "");
    const sent = await client.raw("PUT", `/artifacts/${folder}/d/x.txt`, { "content-length": "1" }, Buffer.from("1"));
    expect(sent.status).toBe(200);
    expect((await app.get("/get-artifact", { run_id: id, path: "d/x.txt" })).text).toBe("1");
    expect(await names(`${folder}/d`)).toEqual(["x.txt"]);
    expect(await everyName()).toContain(`some/where/at a%20place/${id}/artifacts/d/x.txt`);
    const { body } = await app.get("/api/2.0/mlflow/artifacts/list", { run_id: id, path: "d" });
    expect(body.files).toMatchObject([{ path: "d/x.txt" }]);
  });
});

describe("an odd name", () => {
  it.each([...oddNames, "n".repeat(255), "trailing space "])("%j is stored, listed and read", async (name) => {
    const { folder } = await aRunsFolder();
    expect((await client.put(`${folder}/put/${name}`, name)).status).toBe(200);
    await client.upload(`${folder}/${name}`, name, Buffer.from(name), 1000);
    for (const way of ["put", name]) {
      expect(await names(`${folder}/${way}`)).toEqual([name]);
      expect((await client.download(`${folder}/${way}/${name}`)).toString()).toBe(name);
    }
  });
});

describe("a dot segment that stays inside", () => {
  it("names the folder it is in, on reads", async () => {
    const { id, folder } = await aRunsFolder();
    await client.put(`${folder}/d/x.txt`, "1");
    const list = async (path: string) =>
      (await app.get("/api/2.0/mlflow/artifacts/list", { run_id: id, path })).body.files;
    for (const path of [".", "./", "./."]) expect(await list(path)).toEqual([{ path: "d", is_dir: true }]);
    for (const path of ["./d", "d/.", "./d/./"])
      expect(await list(path)).toEqual([{ path: "d/x.txt", is_dir: false, file_size: 1 }]);
    for (const path of ["./d/x.txt", "d/./x.txt"])
      expect((await app.get("/get-artifact", { run_id: id, path })).text).toBe("1");
    for (const path of [".", "./d", "d/."]) expect((await client.list(`${folder}/${path}`)).files).toHaveLength(1);
  });
});
