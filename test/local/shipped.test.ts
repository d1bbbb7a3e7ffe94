import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAppFolder } from "../../scripts/app-folder.mjs";

const app = [
  ...["dist/app/main.cjs", "dist/app/lib/azure.cjs", "dist/app/migrations/0001_own_schema.sql"],
  ...["dist/app/host.json", "dist/app/package.json", "dist/app/LICENSE", "dist/app/THIRD-PARTY-NOTICES.txt"],
  ...["dist/app/ui/index.html.br", "dist/app/ui/files.json", "dist/app/ui/static/js/main.0123abcd.js.gz"],
];

const entry = ["host.json", "main.cjs", "package.json"];

/** As it is after a build and a few days of work. */
const unpackaged = [
  ...execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n"),
  ...["dist/main.cjs", "dist/lib/azure.cjs", "dist/migrations/0001_own_schema.sql", "dist/packages.json"],
  ...["dist/ui/index.html.br", "dist/ui/files.json", "dist/ui/static/js/main.0123abcd.js.gz"],
  ...["dist/start.cjs", "dist/bench.cjs", "dist/install-ui.cjs", "dist/.inputs.json", "dist/compile-cache/v20/x"],
  ...["dist/ui.4711/mlflow-3.0.0-py3-none-any.whl", "dist/app.partial/main.cjs", "dist.old/app/main.cjs"],
  ...["node_modules/pg/package.json", "node_modules/x/dist/app/main.cjs", "test/dist/app/a"],
  ...["local.settings.json", ".env", ".data/instance.json", ".data/services/azurite/x", ".azure/config"],
];

/** Neither Core Tools nor azd ship these, whatever .funcignore says. */
const neverShipped = /^\.(git|vscode|azure)\/|(^|\/)(\.funcignore|\.gitignore|local\.settings\.json)$/;

/**
 * Core Tools: what a "!" line is the beginning of ships, and what no other line is the beginning of; brackets are
 * letters.
 */
function byCoreTools(funcignore: string, paths: readonly string[]): string[] {
  const lines = funcignore
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const begins = (patterns: string[]) => {
    const literals = patterns.map((pattern) =>
      pattern
        .replace(/^\//, "")
        .replace(/[-[\]/{}()+?.\\^$|]/g, "\\$&")
        .replaceAll("**", "(.+)")
        .replaceAll("*", "([^\\/]+)"),
    );
    return new RegExp(`^((${literals.join(")|(")}))`);
  };
  const kept = begins(lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1)));
  const left = begins(lines.filter((line) => !line.startsWith("!")));
  return paths.filter((path) => !neverShipped.test(path) && (kept.test(path) || !left.test(path)));
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-shipped-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** azd, VS Code and the GitHub action: the rules of .gitignore, as git itself reads them. */
async function byGitignore(funcignore: string, paths: readonly string[]): Promise<string[]> {
  const tree = await mkdtemp(join(folder, "tree-"));
  for (const path of paths) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), "");
  }
  const rules = join(folder, "rules");
  await writeFile(rules, funcignore);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: tree, encoding: "utf8" });
  git("init", "--quiet");
  return git("-c", "core.quotepath=off", "ls-files", "--others", `--exclude-from=${rules}`).trim().split("\n");
}

describe("func azure functionapp publish", () => {
  it("ships the same by both rules that read .funcignore: the packaged app, its entry and nothing else", async () => {
    const funcignore = await readFile(".funcignore", "utf8");
    const shipped = [...app, ...entry].sort();
    expect(byCoreTools(funcignore, [...unpackaged, ...app]).sort()).toEqual(shipped);
    expect((await byGitignore(funcignore, [...unpackaged, ...app])).sort()).toEqual(shipped);
  });

  it("ships every file of the packaged app, from its folder and from the root", async () => {
    await writeAppFolder("dist", join(folder, "app"));
    const found = await readdir(join(folder, "app"), { recursive: true, withFileTypes: true });
    const files = found.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    const packaged = files.map((path) => relative(join(folder, "app"), path).replaceAll("\\", "/")).sort();
    expect(packaged).toContain("lib/azure.cjs");
    // There is no .funcignore in the folder: all of it ships.
    expect(packaged.filter((path) => neverShipped.test(path) || /(^|\/)[.-]/.test(path))).toEqual([]);
    const fromRoot = packaged.map((path) => `dist/app/${path}`);
    const funcignore = await readFile(".funcignore", "utf8");
    expect(byCoreTools(funcignore, fromRoot)).toEqual(fromRoot);
    expect((await byGitignore(funcignore, fromRoot)).sort()).toEqual(fromRoot);
  });
});

describe("the entry that package.json names", () => {
  const load = (cwd: string) =>
    execFileSync(process.execPath, ["-e", 'require("./" + require("./package.json").main)'], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  async function aProject(name: string, bundles: Record<string, string>): Promise<string> {
    const project = join(folder, name);
    for (const path of ["main.cjs", "package.json"]) await cp(path, join(project, path));
    for (const [path, text] of Object.entries(bundles)) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
    return project;
  }

  it("is the packaged bundle, which alone is deployed; where there is a build, that", async () => {
    const packaged = { "dist/app/main.cjs": 'console.log("the packaged bundle")' };
    expect(load(await aProject("deployed", packaged))).toBe("the packaged bundle\n");
    const built = { "dist/main.cjs": 'console.log("the last build")' };
    expect(load(await aProject("built", { ...packaged, ...built }))).toBe("the last build\n");
  });

  it("says what to run where there is neither, and hides no failure of the bundle's own", async () => {
    const unbuilt = await aProject("unbuilt", {});
    expect(() => load(unbuilt)).toThrow(/mlflow-functions is not built\. Run: npm ci && npm run package/);
    const broken = await aProject("broken", { "dist/app/main.cjs": 'require("missing")' });
    expect(() => load(broken)).toThrow(/Cannot find module 'missing'/);
  });
});
