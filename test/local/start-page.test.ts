import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { aDatabase } from "../support/app.ts";
import { type PackageIndex, pipFrom, servePackage } from "./package-index.ts";
import { dataDir, post, start, stop } from "./starts.ts";

const run = promisify(execFile);
const wheelName = `mlflow-${mlflowVersion}-py3-none-any.whl`;

let database: Awaited<ReturnType<typeof aDatabase>>;
let index: PackageIndex;
/** Folders with a Python alone: neither has mlflow. */
const python = { withPip: "", withoutPip: "" };

beforeAll(async () => {
  database = await aDatabase();
  const venv = async (name: string, ...options: string[]) => {
    await run("python3", ["-m", "venv", ...options, dataDir(name)]);
    return join(dataDir(name), "bin");
  };
  python.withPip = await venv("with-pip");
  python.withoutPip = await venv("without-pip", "--without-pip");
  const download = ["download", "--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--dest", dataDir(".")];
  await run(join(python.withPip, "pip"), [...download, `mlflow==${mlflowVersion}`]);
  index = await servePackage(wheelName, await readFile(join(dataDir("."), wheelName)));
}, 300_000);
afterAll(async () => {
  index.close();
  await database.drop();
});

/** A build without the page. */
async function aBuild(name: string) {
  const dist = join(dataDir(name), "dist");
  for (const part of ["start.cjs", "main.cjs", "lib", "migrations"])
    await cp(join("dist", part), join(dist, part), { recursive: true });
  await cp("host.json", join(dataDir(name), "host.json"));
  return { script: join(dist, "start.cjs"), page: true, dist };
}

/** Settings under which nothing but `path` is found. */
const onlyWith = (path: string, env: Record<string, string> = {}) => ({
  PATH: path,
  VIRTUAL_ENV: "",
  MLFLOW_BACKEND_STORE_URI: database.uri,
  AZURE_STORAGE_CONNECTION_STRING: inject("storage"),
  ...env,
});

/** What is left of a page or of its making. */
const remains = async (dist: string) => (await readdir(dist)).filter((name) => name.startsWith("ui"));

const serves = async (url: string) => (await post(url, "experiments/create", { name: `${Math.random()}` })).status;
const page = async (url: string) => (await fetch(`${url}/`)).text();

describe("npm start without the page", () => {
  it.each([
    ["no Python", () => onlyWith(dataDir("nothing")), /No page yet: .* no Python/],
    ["no pip", () => onlyWith(python.withoutPip), /No page yet: no mlflow 3\.18\.0 .* without pip/],
    [
      "no network",
      () => onlyWith(python.withPip, pipFrom("http://127.0.0.1:1/simple")),
      /No page yet: pip could not download mlflow 3\.18\.0/,
    ],
  ])(
    "serves the API with %s, and says what to do, on the page too",
    async (name, env, reason) => {
      const build = await aBuild(name);
      const started = await start([], env(), build);
      await expect.poll(started.output, { timeout: 60_000 }).toMatch(reason);
      expect(started.output()).toContain("Run npm run ui where Python with pip and the network are at hand");
      expect(await serves(started.url)).toBe(200);
      expect(await page(started.url)).toContain("run <code>npm run ui</code> where Python with pip");
      expect(await remains(build.dist)).toEqual([]);
      expect(await stop(started)).toBe(0);
    },
    120_000,
  );

  it("takes no other file for the wheel it knows", async () => {
    await mkdir(dataDir("forged"));
    const script = `
import zipfile
with zipfile.ZipFile("${wheelName}", "w") as wheel:
    wheel.writestr("mlflow/server/js/build/index.html", "forged")
    wheel.writestr("mlflow-${mlflowVersion}.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mlflow\\nVersion: ${mlflowVersion}\\n")
    wheel.writestr("mlflow-${mlflowVersion}.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
    wheel.writestr("mlflow-${mlflowVersion}.dist-info/RECORD", "")
`;
    await run(join(python.withPip, "python"), ["-c", script], { cwd: dataDir("forged") });
    const forged = await servePackage(wheelName, await readFile(join(dataDir("forged"), wheelName)));
    const build = await aBuild("forged-build");
    const started = await start([], onlyWith(python.withPip, forged.env), build);
    await expect.poll(started.output, { timeout: 60_000 }).toMatch(/No page yet: .* its SHA-256 differs/);
    expect(forged.downloads()).toBe(1);
    expect(await page(started.url)).not.toContain("forged");
    expect(await remains(build.dist)).toEqual([]);
    await stop(started);
    forged.close();
  }, 120_000);

  it("asks no Python for it with --no-ui", async () => {
    const before = index.downloads();
    const build = await aBuild("no-ui");
    const started = await start(["--no-ui"], onlyWith(python.withPip, index.env), build);
    expect(await serves(started.url)).toBe(200);
    expect(await stop(started)).toBe(0);
    expect(started.output()).not.toMatch(/page/i);
    expect(index.downloads()).toBe(before);
  }, 60_000);

  it("fetches it while the API answers; two starts at once fetch it once, and neither leaves a half of it", async () => {
    const build = await aBuild("two");
    const env = onlyWith(python.withPip, index.env);
    const before = index.downloads();
    const half = (count: number) => expect.poll(index.downloads, { timeout: 60_000 }).toBe(before + count);
    index.hold();

    const interrupted = await start([], env, build);
    await half(1);
    expect(interrupted.output()).toContain(`Fetching MLflow's page (mlflow ${mlflowVersion}, 12.6 MB)`);
    expect(await serves(interrupted.url)).toBe(200);
    expect(await page(interrupted.url)).toContain("as soon as <code>npm start</code> has fetched that");
    expect(await stop(interrupted, "SIGINT")).toBe(0);
    expect(await remains(build.dist)).toEqual([]);

    const killed = await start([], env, build);
    await half(2);
    await stop(killed, "SIGKILL");
    expect(await remains(build.dist)).not.toContain("ui");

    const both = await Promise.all([start([], env, build), start([], env, build)]);
    await half(3);
    for (const { url } of both) expect(await serves(url)).toBe(200);
    index.release();
    for (const each of both) await expect.poll(each.output, { timeout: 240_000 }).toContain("The page is ready");
    for (const { url } of both) expect(await page(url)).toContain('<div id="root"');
    expect(index.downloads()).toBe(before + 3);
    expect(await remains(build.dist)).toEqual(["ui"]);
    for (const each of both) expect(await stop(each)).toBe(0);
  }, 400_000);

  it("waits for no Python, neither to answer nor to end", async () => {
    const slow = dataDir("slow-python");
    await mkdir(slow);
    await writeFile(join(slow, "python3"), "#!/bin/sh\nexec /usr/bin/tail -f /dev/null\n", { mode: 0o755 });
    const env = onlyWith([slow, python.withoutPip].join(delimiter));
    const started = await start([], env, await aBuild("slow"));
    expect(await serves(started.url)).toBe(200);
    expect(started.output()).not.toMatch(/page is ready|No page yet/);
    expect(await stop(started, "SIGINT")).toBe(0);
  }, 60_000);
});
