import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { publicAddress } from "../../local/azurite.ts";
import { commandOf, freePort } from "../../local/processes.ts";
import { aDatabase } from "../support/app.ts";

let folder: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-start-"));
  // As root, PostgreSQL runs as another user, whom a private folder sends elsewhere: one test is about that.
  await chmod(folder, 0o755);
});
afterAll(async () => {
  for (const child of running) child.kill("SIGTERM");
  await Promise.all([...running].map(exited));
  await rm(folder, { recursive: true, force: true });
});

interface Started {
  process: ChildProcess;
  url: string;
  output(): string;
}

// What the tests' own app was given must not reach the one that is started.
const {
  MLFLOW_BACKEND_STORE_URI: _,
  AZURE_STORAGE_CONNECTION_STRING: __,
  AzureWebJobsStorage: ___,
  ...environment
} = process.env;

function spawnStart(args: string[], env: Record<string, string> = {}, cwd = resolve(".")) {
  const child = spawn(process.execPath, [resolve("dist/start.cjs"), ...args], {
    env: { ...environment, ...env },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += data;
    });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return { child, output: () => output };
}

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((done) => child.once("exit", (code) => done(code)));

async function start(args: string[], env: Record<string, string> = {}): Promise<Started> {
  const port = await freePort("127.0.0.1");
  const { child, output } = spawnStart([...args, "--port", String(port)], env);
  while (!output().includes("Ctrl-C")) {
    if (child.exitCode !== null) throw new Error(output());
    await new Promise((done) => setTimeout(done, 20));
  }
  return { process: child, url: `http://127.0.0.1:${port}`, output };
}

/** The output of a start that ends by itself, and its exit code. */
async function refused(args: string[], env: Record<string, string> = {}, cwd?: string) {
  const { child, output } = spawnStart(args, env, cwd);
  const code = await exited(child);
  return { code, output: output().trim() };
}

async function stop({ process }: Started, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  process.kill(signal);
  return exited(process);
}

const dataDir = (name: string) => join(folder, name);

async function post(url: string, path: string, body: unknown) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { error_code?: string } };
}

const instanceOf = async (directory: string) => JSON.parse(await readFile(join(directory, "instance.json"), "utf8"));

/** The processes that run on a data directory: PostgreSQL's, then Azurite's. */
async function servicesOf(directory: string): Promise<number[]> {
  const instance = await instanceOf(directory);
  const postmaster = await readFile(join(instance.postgresHome, "postgres/postmaster.pid"), "utf8").catch(() => "0");
  const pids = [Number(postmaster.split("\n")[0]), instance.azuritePid as number];
  return pids.filter((pid) => pid > 0 && /postgres|azurite/.test(commandOf(pid) ?? ""));
}

describe("npm start", () => {
  it("keeps its data, stops everything on Ctrl-C, and recovers from kill -9", async () => {
    const directory = dataDir("kept");
    const first = await start(["--data-dir", directory]);
    expect(first.output()).toContain(`export MLFLOW_TRACKING_URI=${first.url}`);
    expect((await post(first.url, "experiments/create", { name: "kept" })).status).toBe(200);
    const artifact = "/api/2.0/mlflow-artifacts/artifacts/folder/a.txt";
    expect((await fetch(first.url + artifact, { method: "PUT", body: "kept too" })).status).toBe(200);
    expect(await servicesOf(directory)).toHaveLength(2);
    expect(await stop(first, "SIGINT")).toBe(0);
    expect(await servicesOf(directory)).toEqual([]);

    const second = await start(["--data-dir", directory]);
    expect((await post(second.url, "experiments/create", { name: "kept" })).body.error_code).toBe(
      "RESOURCE_ALREADY_EXISTS",
    );
    expect(await (await fetch(second.url + artifact)).text()).toBe("kept too");
    await stop(second, "SIGKILL");
    const orphans = await servicesOf(directory);
    expect(orphans).toHaveLength(2);

    const third = await start(["--data-dir", directory]);
    expect((await post(third.url, "experiments/create", { name: "kept" })).body.error_code).toBe(
      "RESOURCE_ALREADY_EXISTS",
    );
    for (const pid of orphans) expect(commandOf(pid) ?? "").not.toMatch(/postgres|azurite/);
    const again = await refused(["--data-dir", directory]);
    expect(again).toEqual({
      code: 1,
      output: `The data directory ${directory} is in use by another start, process ${third.process.pid}.`,
    });
    expect(await stop(third)).toBe(0);

    await stop(await start(["--data-dir", directory]), "SIGKILL");
    const left = await servicesOf(directory);
    const fresh = await start(["--data-dir", directory, "--fresh"]);
    expect((await post(fresh.url, "experiments/create", { name: "kept" })).status).toBe(200);
    for (const pid of left) expect(commandOf(pid) ?? "").not.toMatch(/postgres|azurite/);
    await stop(fresh);
  }, 120_000);

  it("is stopped at any time, and by more than one Ctrl-C", async () => {
    const directory = dataDir("interrupted");
    const { child } = spawnStart(["--data-dir", directory, "--port", String(await freePort("127.0.0.1"))]);
    const azurite = async () => (await instanceOf(directory).catch(() => ({}))).azuritePid;
    while (!(await azurite())) await new Promise((done) => setTimeout(done, 5));
    child.kill("SIGINT");
    child.kill("SIGTERM");
    expect(await exited(child)).toBe(0);
    expect(await servicesOf(directory)).toEqual([]);
    const next = await start(["--data-dir", directory]);
    next.process.kill("SIGINT");
    expect(await stop(next, "SIGINT")).toBe(0);
    expect(await servicesOf(directory)).toEqual([]);
  }, 60_000);

  it("ends where a service ends by itself", async () => {
    const directory = dataDir("dying");
    const started = await start(["--data-dir", directory]);
    const [postgres] = await servicesOf(directory);
    process.kill(postgres!, "SIGQUIT");
    expect(await exited(started.process)).toBe(1);
    expect(started.output()).toContain(`PostgreSQL has ended by itself, so everything stops: see ${directory}`);
    expect(await servicesOf(directory)).toEqual([]);
  }, 60_000);

  it("keeps its database where others can't look, and starts anew when the directory was deleted", async () => {
    const directory = join(dataDir("private"), "data");
    await mkdir(dataDir("private"), { mode: 0o700 });
    const first = await start(["--data-dir", directory]);
    expect((await post(first.url, "experiments/create", { name: "gone" })).status).toBe(200);
    await stop(first);
    await rm(directory, { recursive: true });
    const second = await start(["--data-dir", directory]);
    expect((await post(second.url, "experiments/create", { name: "gone" })).status).toBe(200);
    await stop(second);
    await rm((await instanceOf(directory)).postgresHome, { recursive: true, force: true });
  }, 60_000);

  it("runs beside itself, each copy with a directory of its own", async () => {
    const copies = await Promise.all(["one", "two"].map((name) => start(["--data-dir", dataDir(name)])));
    for (const { url } of copies) expect((await post(url, "experiments/create", { name: "same" })).status).toBe(200);
    await Promise.all(copies.map((copy) => stop(copy)));
  }, 60_000);

  it("uses the database and the storage that are named, and starts no others", async () => {
    const database = await aDatabase();
    const directory = dataDir("named");
    const env = { MLFLOW_BACKEND_STORE_URI: database.uri, AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
    const named = await start(["--data-dir", directory], env);
    expect((await post(named.url, "experiments/create", { name: "elsewhere" })).status).toBe(200);
    await expect(readFile(join(directory, "instance.json"))).rejects.toThrow("ENOENT");
    await stop(named);
    await database.drop();
  }, 60_000);

  it("refuses all but its health on an address that others can reach", async () => {
    const database = await aDatabase();
    const env = { MLFLOW_BACKEND_STORE_URI: database.uri, AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
    const open = await start(["--host", "0.0.0.0"], { ...env, MLFLOW_FUNCTIONS_HOST: "127.0.0.1" });
    expect(open.output()).toContain("MLFLOW_FUNCTIONS_AUTH=none");
    expect((await fetch(`${open.url}/health`)).status).toBe(200);
    expect((await post(open.url, "experiments/create", { name: "open" })).status).toBe(403);
    await stop(open);
    const trusting = await start(["--host", "0.0.0.0"], { ...env, MLFLOW_FUNCTIONS_AUTH: "none" });
    expect((await post(trusting.url, "experiments/create", { name: "open" })).status).toBe(200);
    await stop(trusting);
    await database.drop();
  }, 60_000);

  it("signs for an address that others can reach, and Azurite listens there", async () => {
    const database = await aDatabase();
    const env = { MLFLOW_BACKEND_STORE_URI: database.uri, MLFLOW_FUNCTIONS_AUTH: "none" };
    const open = await start(["--host", "0.0.0.0", "--data-dir", dataDir("open")], env);
    const address = publicAddress("0.0.0.0");
    expect(open.output()).toContain(`export MLFLOW_TRACKING_URI=http://${address}:`);
    const created = await fetch(`${open.url}/api/2.0/mlflow-artifacts/mpu/create/folder`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ path: "a.txt", num_parts: 1 }),
    });
    const { credentials } = (await created.json()) as {
      credentials: { url: string; headers: Record<string, string> }[];
    };
    const { url, headers } = credentials[0]!;
    expect(new URL(url).hostname).toBe(address);
    expect((await fetch(url, { method: "PUT", headers, body: "hello" })).status).toBe(201);
    await stop(open);
    await database.drop();
  }, 60_000);
});

describe("npm start says in one sentence", () => {
  it("what its options are", async () => {
    const { code, output } = await refused(["--help"]);
    expect(code).toBe(0);
    for (const option of ["--port", "--host", "--data-dir", "--fresh"]) expect(output).toContain(option);
  });

  it.each([
    [["--zork"], "Unknown option '--zork'"],
    [["--port", "zork"], "--port takes a number from 1 to 65535, not 'zork'."],
  ])("that it does not take %j", async (args, sentence) => {
    const { code, output } = await refused(args);
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(output.split("\n")).toHaveLength(1);
  });

  it("that a port is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((done) =>
      taken.listen(0, "127.0.0.1", () => done((taken.address() as { port: number }).port)),
    );
    const env = { MLFLOW_BACKEND_STORE_URI: inject("postgres"), AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
    const { code, output } = await refused(["--port", String(port)], env);
    taken.close();
    expect({ code, output }).toEqual({
      code: 1,
      output: `Port ${port} on 127.0.0.1 is taken: choose another with --port.`,
    });
  });

  it("that a directory is somebody else's, or damaged", async () => {
    const foreign = dataDir("foreign");
    await mkdir(foreign);
    await writeFile(join(foreign, "thesis.txt"), "mine");
    expect(await refused(["--data-dir", foreign])).toEqual({
      code: 1,
      output: `${foreign} holds files that are not this app's (thesis.txt): choose another --data-dir.`,
    });
    const damaged = dataDir("damaged");
    await mkdir(damaged);
    await writeFile(join(damaged, "instance.json"), "{");
    expect((await refused(["--data-dir", damaged])).output).toContain("is damaged: start with --fresh");
    const file = dataDir("file");
    await writeFile(file, "");
    expect((await refused(["--data-dir", file])).output).toContain(`The data directory ${file} can't be used`);
  });

  it("that a database was made by another PostgreSQL", async () => {
    const directory = dataDir("older");
    await stop(await start(["--data-dir", directory]));
    const { postgresHome } = await instanceOf(directory);
    await writeFile(join(postgresHome, "postgres", "PG_VERSION"), "16\n");
    const { code, output } = await refused(["--data-dir", directory, "--port", String(await freePort("127.0.0.1"))]);
    expect(code).toBe(1);
    expect(output).toMatch(/^.* was made by PostgreSQL 16, and this is 18: choose another --data-dir\.$/);
    expect(await servicesOf(directory)).toEqual([]);
  }, 60_000);

  it("that an address is not this machine's", async () => {
    const { code, output } = await refused(["--host", "192.0.2.1", "--data-dir", dataDir("nowhere")]);
    expect({ code, output }).toEqual({ code: 1, output: "192.0.2.1 is not an address of this machine." });
  });

  it("that local.settings.json can't be read", async () => {
    const project = dataDir("project");
    await mkdir(project);
    await writeFile(join(project, "local.settings.json"), "{ Values: }");
    const broken = await refused([], {}, project);
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(/^local\.settings\.json is no JSON: .*$/);
    await writeFile(join(project, "local.settings.json"), '{"IsEncrypted": true}');
    expect((await refused([], {}, project)).output).toContain("local.settings.json is encrypted");
  });
});
