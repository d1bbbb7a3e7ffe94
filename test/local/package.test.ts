import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { writeAppFolder } from "../../scripts/app-folder.mjs";
import { noticesOf } from "../../scripts/notices.mjs";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { freePort } from "../../shared/tools/processes.ts";
import { aDatabase } from "../support/app.ts";
import { nodesAtHand } from "../support/nodes.ts";
import { exited, post, spawnStart } from "./starts.ts";

let parent: string;
let built: string;
let folder: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "mlflow-functions-package-"));
  built = join(parent, "built");
  folder = join(parent, "app");
  for (const part of ["main.cjs", "lib", "migrations", "packages.json", "start.cjs"])
    await cp(join("dist", part), join(built, part), { recursive: true });
  await writePage(built);
  await writeAppFolder(built, folder);
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const page = "<!doctype html><title>MLflow</title>";

async function writePage(beside: string): Promise<void> {
  const files = { "index.html": { type: "text/html; charset=utf-8", hash: "one", compressed: false } };
  await mkdir(join(beside, "ui"));
  await writeFile(join(beside, "ui/index.html"), page);
  await writeFile(join(beside, "ui/files.json"), JSON.stringify({ version: mlflowVersion, files }));
}

const readJson = async (path: string) => JSON.parse(await readFile(path, "utf8"));

describe("the folder that npm run package makes", () => {
  it("has the bundle, what it reads, the page and the licences, and nothing else", async () => {
    const own = ["LICENSE", "THIRD-PARTY-NOTICES.txt", "host.json", "main.cjs", "package.json"];
    expect((await readdir(folder)).sort()).toEqual([...own, "lib", "migrations", "ui"].sort());
    const isShipped = (name: string) => name !== "steps" && name !== "auth";
    for (const part of ["lib", "migrations", "ui"])
      expect(await readdir(join(folder, part))).toEqual((await readdir(join(built, part))).filter(isShipped));
  });

  it("has a package.json that names the entry, and nothing to install or to run", async () => {
    const { name, version, license, engines, main, ...rest } = await readJson(join(folder, "package.json"));
    expect({ name, version, license, engines }).toEqual(pick(await readJson("package.json")));
    expect(main).toBe("main.cjs");
    expect(Object.keys(rest).sort()).toEqual(["description", "private"]);
  });

  it("keeps nothing of the one before", async () => {
    const again = join(parent, "again");
    await mkdir(join(again, "lib"), { recursive: true });
    await writeFile(join(again, "lib/old.cjs"), "");
    await writeAppFolder(built, again);
    expect(await readdir(join(again, "lib"))).toEqual(await readdir(join(folder, "lib")));
  });

  const pick = ({ name, version, license, engines }: Record<string, unknown>) => ({ name, version, license, engines });
});

describe("the third-party notices", () => {
  it("name each package in the bundles with its version and licence, and the page", async () => {
    const notices = await readFile(join(folder, "THIRD-PARTY-NOTICES.txt"), "utf8");
    expect(notices).toContain(`mlflow ${mlflowVersion} (Apache-2.0`);
    const { dependencies } = await readJson("package.json");
    for (const name of Object.keys(dependencies)) {
      const { version, license } = await readJson(`node_modules/${name}/package.json`);
      expect(notices).toContain(`\n${name} ${version} (${license})\n`);
    }
    const { version } = await readJson("node_modules/pg-types/package.json");
    expect(notices).toMatch(new RegExp(`\npg-types ${version} \\(MIT\\)\n\nThe MIT License.*\n\nCopyright`));
    expect(notices).not.toContain("\nesbuild ");
  });

  it("are refused where a package lacks its licence, and then there is no folder to deploy", async () => {
    const lacking = await Promise.all([
      aPackage("lacks-both", { version: "1.0.0" }),
      aPackage("lacks-text", { license: "MIT" }, { "readme.md": "# About\n\n## License\n\nMIT" }),
      aPackage("lacks-field", {}, { "license.md": "Copyright (c) A. Body" }),
    ]);
    const whole = await aPackage("whole", { license: "MIT" }, { "README.md": "## Licence\n\nCopyright (c) A. Body" });
    await expect(noticesOf([...lacking, whole])).rejects.toThrow("text: lacks-both, lacks-text, lacks-field.");

    const incomplete = join(parent, "incomplete");
    await cp(built, incomplete, { recursive: true });
    await writeFile(join(incomplete, "packages.json"), JSON.stringify([whole, lacking[0]]));
    const before = join(parent, "before");
    await cp(folder, before, { recursive: true });
    await expect(writeAppFolder(incomplete, before)).rejects.toThrow("text: lacks-both.");
    expect(await readdir(parent)).not.toContain("before");
  });

  async function aPackage(name: string, fields: object, files: Record<string, string> = {}): Promise<string> {
    const at = join(parent, "packages", name);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, "package.json"), JSON.stringify({ name, ...fields }));
    for (const [file, text] of Object.entries(files)) await writeFile(join(at, file), text);
    return at;
  }
});

describe("the app in that folder, without installed packages", () => {
  it.each(nodesAtHand())("serves metadata, artifacts and the page on Node %s", async (version, node) => {
    const database = await aDatabase("template0");
    const app = join(parent, version);
    await cp(folder, app, { recursive: true });
    expect(() => createRequire(join(app, "main.cjs")).resolve("pg")).toThrow("Cannot find module");
    const Values = {
      MLFLOW_BACKEND_STORE_URI: database.uri,
      AZURE_STORAGE_CONNECTION_STRING: inject("storage"),
      AzureWebJobsStorage: inject("storage"),
    };
    await writeFile(join(app, "local.settings.json"), JSON.stringify({ IsEncrypted: false, Values }));
    const { url, stop } = await startOn(node, app);

    expect((await fetch(`${url}/health`)).status).toBe(200);
    // The database is empty: this makes its tables.
    expect((await post(url, "experiments/create", { name: "first" })).status).toBe(200);
    const file = `${url}/api/2.0/mlflow-artifacts/artifacts/folder/${version}`;
    expect((await fetch(file, { method: "PUT", body: "content" })).status).toBe(200);
    expect(await (await fetch(file)).text()).toBe("content");
    const query = { query: 'query { mlflowGetExperiment(input: {experimentId: "1"}) { experiment { name } } }' };
    const headers = { "content-type": "application/json" };
    const graph = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify(query) });
    expect(await graph.json()).toMatchObject({ data: { mlflowGetExperiment: { experiment: { name: "first" } } } });
    expect(await (await fetch(url)).text()).toBe(page);

    expect(await stop()).toBe(0);
    await database.drop();
  });

  async function startOn(node: string, app: string) {
    const port = await freePort("127.0.0.1");
    const { child, output } = spawnStart(
      [app, String(port)],
      {},
      { node, script: resolve("dist/host.cjs"), page: true },
    );
    while (!output().includes("is ready")) {
      if (child.exitCode !== null) throw new Error(output());
      await new Promise((done) => setTimeout(done, 20));
    }
    const stop = () => {
      child.kill("SIGINT");
      return exited(child);
    };
    return { url: `http://127.0.0.1:${port}`, stop };
  }
});
