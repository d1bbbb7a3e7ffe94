import type { ChildProcess } from "node:child_process";
import { cp, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { freePort } from "../../shared/tools/processes.ts";
import { writeExample } from "./example-settings.ts";
import { dataDir, exited, post, refused, spawnStart, start, stop } from "./starts.ts";

const services = { script: resolve("dist/services.cjs"), page: true };

/** A built project whose example settings name ports that are free. */
async function aProject(name: string) {
  const cwd = dataDir(name);
  await mkdir(cwd);
  await symlink(resolve("node_modules"), join(cwd, "node_modules"));
  for (const path of ["host.json", "package.json", "main.cjs"]) await cp(path, join(cwd, path));
  for (const part of ["main.cjs", "lib", "migrations"])
    await cp(join("dist", part), join(cwd, "dist", part), { recursive: true });
  return { cwd, ports: await writeExample(cwd) };
}

function interrupt(child: ChildProcess): Promise<number | null> {
  child.kill("SIGINT");
  return exited(child);
}

/** Runs `npm run services` in a project until they are ready. */
async function startServices(cwd: string, args: string[] = []) {
  const { child, output } = spawnStart(args, {}, { ...services, cwd });
  while (!output().includes("Ctrl-C")) {
    if (child.exitCode !== null) throw new Error(output());
    await new Promise((done) => setTimeout(done, 20));
  }
  return { child, output, end: () => interrupt(child) };
}

/** Runs the app by the settings of its folder alone, as `func start` does. */
async function startHost(cwd: string) {
  const port = await freePort("127.0.0.1");
  const script = resolve("dist/host.cjs");
  const { child, output } = spawnStart([cwd, String(port)], {}, { script, page: true });
  while (!output().includes("is ready")) {
    if (child.exitCode !== null) throw new Error(output());
    await new Promise((done) => setTimeout(done, 20));
  }
  return { url: `http://127.0.0.1:${port}`, end: () => interrupt(child) };
}

async function works(url: string, name: string): Promise<void> {
  expect((await post(url, "experiments/create", { name })).status).toBe(200);
  const file = `${url}/api/2.0/mlflow-artifacts/artifacts/folder/${name}`;
  expect((await fetch(file, { method: "PUT", body: name })).status).toBe(200);
  expect(await (await fetch(file)).text()).toBe(name);
}

const settingsOf = async (cwd: string) => JSON.parse(await readFile(join(cwd, "local.settings.json"), "utf8"));

describe("npm run services", () => {
  it("writes local.settings.json with secrets of its own, by which the app runs; npm start keeps to its own services", async () => {
    const { cwd, ports } = await aProject("written");
    const first = await startServices(cwd);
    const { Values, Host } = await settingsOf(cwd);
    expect((await stat(join(cwd, "local.settings.json"))).mode & 0o777).toBe(0o600);
    expect(Values).toMatchObject({ FUNCTIONS_WORKER_RUNTIME: "node", MLFLOW_FUNCTIONS_AUTH: "none" });
    expect(Values.MLFLOW_BACKEND_STORE_URI).toMatch(
      new RegExp(`^postgresql://mlflow:[\\w-]{20,}@127.0.0.1:${ports.postgres}/mlflow$`),
    );
    expect(Values.AzureWebJobsStorage).toContain(`BlobEndpoint=http://127.0.0.1:${ports.blob}/local`);
    expect(Values.AzureWebJobsStorage).not.toContain("devstoreaccount1");
    expect(Host).toEqual({ LocalHttpPort: 7071, LocalHttpAddress: "127.0.0.1" });
    expect(first.output()).not.toMatch(new RegExp(Values.MLFLOW_BACKEND_STORE_URI.split(/[:@]/)[2]));
    const app = await startHost(cwd);
    await works(app.url, "first");
    await app.end();
    expect(await first.end()).toBe(0);

    const written = await readFile(join(cwd, "local.settings.json"), "utf8");
    const again = await startServices(cwd);
    expect(await readFile(join(cwd, "local.settings.json"), "utf8")).toBe(written);
    const second = await startHost(cwd);
    expect((await post(second.url, "experiments/create", { name: "first" })).body.error_code).toBe(
      "RESOURCE_ALREADY_EXISTS",
    );
    await second.end();
    await again.end();

    const own = await start([], {}, { cwd });
    await works(own.url, "first");
    await stop(own);
  }, 180_000);

  it("serves the example settings copied unchanged", async () => {
    const { cwd, ports } = await aProject("copied");
    await cp(join(cwd, "local.settings.example.json"), join(cwd, "local.settings.json"));
    const running = await startServices(cwd);
    expect(running.output()).toContain(`http://127.0.0.1:${ports.blob}/devstoreaccount1`);
    const app = await startHost(cwd);
    await works(app.url, "copied");
    await app.end();
    await running.end();

    const changed = await settingsOf(cwd);
    changed.Values.MLFLOW_BACKEND_STORE_URI = changed.Values.MLFLOW_BACKEND_STORE_URI.replace(
      ":password@",
      ":another@",
    );
    await writeFile(join(cwd, "local.settings.json"), JSON.stringify(changed));
    const { code, output } = await refused([], {}, { ...services, cwd });
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^local\.settings\.json names another password than the database in .* has/),
    ]);
    expect(output).not.toContain(":another@");
  }, 180_000);

  it("says which port is taken, and what names it", async () => {
    const { cwd, ports } = await aProject("taken");
    const other = createServer().listen(ports.postgres, "127.0.0.1");
    const { code, output } = await refused([], {}, { ...services, cwd });
    expect(code).toBe(1);
    expect(output).toBe(
      `Port ${ports.postgres}, which local.settings.json names for PostgreSQL, is taken by another program.`,
    );
    other.close();
  }, 60_000);

  it("starts nothing where the settings name services elsewhere", async () => {
    const { cwd } = await aProject("elsewhere");
    const Values = {
      MLFLOW_BACKEND_STORE_URI: "postgresql://mlflow:x@db.example/mlflow",
      AzureWebJobsStorage: "AccountName=a;AccountKey=eA==",
    };
    await writeFile(join(cwd, "local.settings.json"), JSON.stringify({ Values }));
    const { code, output } = await refused([], {}, { ...services, cwd });
    expect([code, output]).toEqual([1, expect.stringContaining("there is nothing to start")]);
  });
});
