import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** As it is after a build and a few days of work. */
const project = [
  ...execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n"),
  ...["dist/main.cjs", "dist/lib/azure.cjs", "dist/migrations/0001_own_schema.sql"],
  ...["dist/ui/index.html.br", "dist/ui/files.json", "dist/ui/static/js/main.0123abcd.js.gz"],
  ...["dist/start.cjs", "dist/bench.cjs", "dist/install-ui.cjs", "dist/.inputs.json", "dist/compile-cache/v20/x"],
  ...["dist/ui.4711/mlflow-3.0.0-py3-none-any.whl", "dist/app/main.cjs", "dist.old/main.cjs"],
  ...["node_modules/pg/package.json", "node_modules/x/dist/main.cjs", "test/dist/ui/a"],
  ...["local.settings.json", ".env", ".data/instance.json", ".data/services/azurite/x", ".azure/config"],
];

const needed = ["dist/lib/azure.cjs", "dist/main.cjs", "dist/migrations/0001_own_schema.sql"];
const page = ["dist/ui/files.json", "dist/ui/index.html.br", "dist/ui/static/js/main.0123abcd.js.gz"];
const shipped = [...needed, ...page, "host.json", "main.cjs", "package.json"].sort();

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
  const never = /^\.git\/|^\.vscode\/|(^|\/)(\.funcignore|\.gitignore|local\.settings\.json)$/;
  return paths.filter((path) => !never.test(path) && (kept.test(path) || !left.test(path)));
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
  it("ships the same by both rules that read .funcignore: the app, its page and nothing else", async () => {
    const funcignore = await readFile(".funcignore", "utf8");
    expect(byCoreTools(funcignore, project).sort()).toEqual(shipped);
    expect((await byGitignore(funcignore, project)).sort()).toEqual(shipped);
  });

  it("ships every file that the build makes for the app", async () => {
    const funcignore = await readFile(".funcignore", "utf8");
    const inside = async (path: string) => (await readdir(path)).map((name) => `${path}/${name}`);
    const built = ["dist/main.cjs", ...(await inside("dist/lib")), ...(await inside("dist/migrations"))];
    expect(byCoreTools(funcignore, built)).toEqual(built);
    expect((await byGitignore(funcignore, built)).sort()).toEqual(built.sort());
  });
});

describe("the entry that package.json names", () => {
  const load = (cwd: string) =>
    execFileSync(process.execPath, ["-e", 'require("./" + require("./package.json").main)'], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  it("is the bundle", async () => {
    const built = join(folder, "built");
    for (const path of ["main.cjs", "package.json"]) await cp(path, join(built, path));
    await mkdir(join(built, "dist"));
    await writeFile(join(built, "dist/main.cjs"), 'console.log("the bundle")');
    expect(load(built)).toBe("the bundle\n");
  });

  it("says what to run where there was no build, and hides no failure of the bundle's own", async () => {
    const unbuilt = join(folder, "unbuilt");
    for (const path of ["main.cjs", "package.json"]) await cp(path, join(unbuilt, path));
    expect(existsSync(join(unbuilt, "dist"))).toBe(false);
    expect(() => load(unbuilt)).toThrow(/mlflow-functions is not built\. Run: npm ci && npm run build/);
    await mkdir(join(unbuilt, "dist"));
    await writeFile(join(unbuilt, "dist/main.cjs"), 'require("missing")');
    expect(() => load(unbuilt)).toThrow(/Cannot find module 'missing'/);
  });
});
