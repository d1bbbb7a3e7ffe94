import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseConnectionString } from "../shared/platform/azure/connection-string.ts";
import { aLoggedModel, aModel, anExperiment, aRun, aVersion, theRun } from "./factories.ts";
import { type Answer, type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination } from "./support/artifacts.ts";
import { TestTables } from "./support/tables.ts";

const tables = new TestTables();
const settings = aDestination();
const ownRoot = `${settings.MLFLOW_ARTIFACTS_DESTINATION}/own`;
const [, container] = /^wasbs:\/\/([^@]+)@/.exec(ownRoot)!;
const { account } = parseConnectionString(inject("storage"));

let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp({ ...settings, ...tables.settings, MLFLOW_FUNCTIONS_PREVIEW_LIMIT: "0" });
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

/** The grants that a piece of work leaves in the log. */
async function grantsOf(work: () => Promise<unknown>) {
  const before = (await tables.grants()).length;
  await work();
  return (await tables.grants()).slice(before);
}

/** A run with a file `d/x`, under the destination or at an own root. */
async function aRunWithFile(artifact_location?: string) {
  const run = await aRun(app, { experiment_id: await anExperiment(app, { artifact_location }) });
  const folder = folderOf((await theRun(app, run)).info.artifact_uri);
  await client.put(`${folder}/d/x`, "text");
  return { run, folder };
}

const folderOf = (uri: string) => uri.replace(/^mlflow-artifacts:\//, "").replace(/^\w+:\/\/[^/]+\/some\/where\//, "");
const post = (route: string, body: object) => app.post(`/api/2.0/mlflow/${route}`, body);

describe("the grant log", () => {
  it("has one row for an upload of any number of parts", async () => {
    const { run, folder } = await aRunWithFile();
    const started = Date.now();
    const [grant, ...more] = await grantsOf(() => client.create(`${folder}/d`, "new", 7));
    expect(more).toEqual([]);
    expect(grant).toMatchObject({
      ...{ who: "anonymous", run, account, container, permission: "write" },
      blob: `some/where/${folder}/d/new`,
      request: expect.stringMatching(/^[0-9a-f-]{36}$/),
      partitionKey: run,
    });
    const [time, from, until] = [grant!.time, grant!.from, grant!.until] as Date[];
    expect(time!.getTime()).toBeGreaterThanOrEqual(started);
    expect(from!.getTime()).toBeLessThan(started);
    expect(until!.getTime() - started).toBeGreaterThan(3_600_000);
    expect(grant!.model).toBeUndefined();
  });

  it("has a row for each SAS that a route answers, and none for what is not there", async () => {
    const { run, folder } = await aRunWithFile();
    const own = await aRunWithFile(ownRoot);
    const name = await aModel(app);
    await aVersion(app, name, { source: `runs:/${own.run}/d`, run_id: own.run });
    const version = { name, version: "1" };
    const path = "d/x";
    const asked: [string, () => Promise<{ status: number }>, object][] = [
      ["presigned", () => client.call("GET", `/presigned/${folder}/d/x`), { run, permission: "read" }],
      ["redirected", () => client.call("GET", `/artifacts/${folder}/d/x`), { run, permission: "read" }],
      ["get-artifact", () => app.get("/get-artifact", { run_id: run, path }), { run, permission: "read" }],
      ["of an own root", () => app.get("/get-artifact", { run_id: own.run, path }), { run: own.run }],
      ["upload url", () => post("artifacts/presigned-upload-url", { run_id: own.run, path }), { permission: "write" }],
      ["download url", () => post("artifacts/presigned-download-url", { run_id: own.run, path }), { run: own.run }],
      ["version", () => app.get("/model-versions/get-artifact", { ...version, path: "x" }), { run: own.run }],
    ];
    for (const [what, ask, expected] of asked) {
      const grants = await grantsOf(async () =>
        expect([what, (await ask()).status]).toEqual([what, expect.toBeOneOf([200, 302])]),
      );
      expect(grants).toMatchObject([expected]);
    }
    const refused = await grantsOf(async () => {
      await client.call("GET", `/presigned/${folder}/nothing`);
      await client.call("GET", `/artifacts/${folder}/nothing`);
      await app.get("/get-artifact", { run_id: run, path: "nothing" });
      await post("artifacts/presigned-download-url", { run_id: own.run, path: "nothing" });
      await client.create(folder, "..", 1);
      await client.create(folder, "x", 50_001);
    });
    expect(refused).toEqual([]);
  });

  it("knows logged models, by their path and by their id", async () => {
    const model = await aLoggedModel(app);
    const { body } = await app.get(`/api/2.0/mlflow/logged-models/${model}`);
    const folder = folderOf(body.model.info.artifact_uri);
    const files = `/ajax-api/2.0/mlflow/logged-models/${model}/artifacts/files`;
    const ask = async (presigned: string): Promise<Answer> => app.get(files, { artifact_file_path: "x", presigned });
    await client.put(`${folder}/x`, "text");
    const grants = await grantsOf(async () => {
      await client.create(folder, "y", 1);
      await ask("true");
      await ask("false");
    });
    expect(grants.map(({ permission }) => permission)).toEqual(["write", "read", "read"]);
    for (const grant of grants) expect(grant).toMatchObject({ model, partitionKey: model });
  });

  it("has what belongs to no run too, and where the caller came from", async () => {
    const [grant] = await grantsOf(() =>
      app.request("POST", "/api/2.0/mlflow-artifacts/mpu/create/no/run", {
        body: JSON.stringify({ path: "x", num_parts: 1 }),
        headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.7:1234, 198.51.100.1" },
      }),
    );
    expect(grant).toMatchObject({ partitionKey: "-", address: "203.0.113.7:1234, 198.51.100.1" });
    expect([grant!.run, grant!.model]).toEqual([undefined, undefined]);
  });

  it("holds no signature", async () => {
    const rows = await tables.grants();
    expect(rows.length).toBeGreaterThan(10);
    expect(JSON.stringify(rows)).not.toMatch(/sig=|https?:\/\//);
  });
});

describe("npm run grants", () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["dist/grants.cjs", ...args], {
      env: { ...process.env, ...tables.settings },
    }).then(
      ({ stdout }) => ({ code: 0, stdout: stdout.trim(), stderr: "" }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr: stderr.trim(),
      }),
    );

  it("prints a run's grants, the newest last, in columns", async () => {
    const { run: id, folder } = await aRunWithFile();
    for (const name of ["first", "second ü"]) await client.create(folder, name, 2);
    await client.call("GET", `/presigned/${folder}/d/x`);
    const { stdout } = await run("--run", id);
    const lines = stdout.split("\n");
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line.slice(line.lastIndexOf("  ") + 2))).toEqual([
      "BLOB",
      ...["first", "second ü", "d/x"].map((name) => `${container}/some/where/${folder}/${name}`),
    ]);
    const column = lines[0]!.indexOf("MAY");
    expect(lines.slice(1).map((line) => line.slice(column, column + 5))).toEqual(["write", "write", "read "]);
  });

  it("prints a model's as JSON, and what is newer than a time", async () => {
    const model = await aLoggedModel(app);
    const { body } = await app.get(`/api/2.0/mlflow/logged-models/${model}`);
    await client.create(folderOf(body.model.info.artifact_uri), "x", 2);
    const { stdout } = await run("--model", model, "--json", "--since", "5m");
    const grant = JSON.parse(stdout);
    expect(grant).toMatchObject({ model, permission: "write", who: "anonymous", container });
    expect(Object.keys(grant)).not.toContain("etag");
    expect((await run("--model", model, "--since", "2999-01-01")).stdout).toBe("No grants are in the log.");
    const all = (await run("--json", "--since", "2020-01-01")).stdout.split("\n").map((line) => JSON.parse(line).time);
    expect(all).toEqual([...all].sort());
    expect(all).toHaveLength((await tables.grants()).length);
  });

  it.each([
    [["--since", "yesterday"], /--since 'yesterday' is no time/],
    [["--run", "a", "--model", "b"], /Only one of --run and --model/],
    [["--what"], /^Unknown option '--what': see npm run grants -- --help\.$/],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
