import { cp, mkdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { publicAddress } from "../../local/azurite.ts";
import { commandOf, freePort } from "../../shared/tools/processes.ts";
import { aDatabase } from "../support/app.ts";
import { send } from "../support/raw.ts";
import { bundleApp } from "./bundle-app.ts";
import { dataDir, exited, instanceOf, post, refused, servicesOf, spawnStart, start, stop } from "./starts.ts";

describe("npm start", () => {
  it("keeps its data, stops everything on Ctrl-C, and recovers from kill -9", async () => {
    const directory = dataDir("kept");
    const first = await start(["--data-dir", directory]);
    expect(first.output()).toContain(`export MLFLOW_TRACKING_URI=${first.url}`);
    expect((await post(first.url, "experiments/create", { name: "kept" })).status).toBe(200);
    const artifact = "/api/2.0/mlflow-artifacts/artifacts/folder/a.txt";
    expect((await fetch(first.url + artifact, { method: "PUT", body: "kept too" })).status).toBe(200);
    expect(await servicesOf(directory)).toHaveLength(2);
    expect((await fetch(first.url + artifact, { method: "PUT", body: Buffer.alloc(11_000_000) })).status).toBe(413);
    const put = `PUT ${artifact} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20971521\r\n\r\n`;
    expect(await send(first.url, put)).toMatch(/^HTTP\/1.1 500 .*\r\n\r\n$/s);
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

    // By another name: what runs on it must be found all the same.
    await symlink(directory, dataDir("link"));
    const third = await start(["--data-dir", dataDir("link")]);
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

  it("goes on where the app does not catch an error, and says so", async () => {
    const script = join(dataDir("broken-app"), "start.cjs");
    await cp("dist/start.cjs", script);
    await bundleApp(
      `import { app } from "@azure/functions";
       app.http("x", { handler: () => { Promise.reject(new Error("on purpose")); return {}; } });`,
      join(dataDir("broken-app"), "main.cjs"),
    );
    const env = { MLFLOW_BACKEND_STORE_URI: inject("postgres"), AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
    const started = await start([], env, { script });
    for (let request = 0; request < 3; request++) expect((await fetch(`${started.url}/api/x`)).status).toBe(200);
    expect(started.output()).toMatch(/^An error that nothing caught; the app goes on. Error: on purpose$/m);
    expect(await stop(started)).toBe(0);
  }, 60_000);

  it("keeps its database and its files where others can't look, and starts anew when the directory was deleted", async () => {
    const directory = join(dataDir("private"), "data");
    await mkdir(dataDir("private"), { mode: 0o700 });
    const first = await start(["--data-dir", directory]);
    expect((await post(first.url, "experiments/create", { name: "gone" })).status).toBe(200);
    expect((await stat(join(directory, "azurite"))).mode & 0o777).toBe(0o700);
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
