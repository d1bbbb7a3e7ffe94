import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;

/** What `npm run check` says of these files, in a folder that has the project's rules. */
async function lint(files: Record<string, string>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  try {
    return execFileSync(resolve("node_modules/.bin/biome"), ["lint", "--vcs-enabled=false", ...Object.keys(files)], {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-layers-"));
  await cp("biome.json", join(folder, "biome.json"));
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const uses = (path: string) => `import { used } from "${path}";\n\nexport const user = () => used;\n`;

describe("the layers", () => {
  it.each([
    ["shared/platform/db/a.ts", "../../mlflow/rules.ts", "knows no MLflow entity"],
    ["shared/platform/a.ts", "../runs/store.ts", "knows no MLflow entity"],
    ["shared/platform/db/b.ts", "../../an-entity-to-come/store.ts", "knows no MLflow entity"],
    ["shared/platform/b.ts", "../../functions/runs/get.ts", "knows no MLflow entity"],
    ["shared/mlflow/search/a.ts", "../../runs/store.ts", "below the entities"],
    ["shared/mlflow/b.ts", "../an-entity-to-come/store.ts", "below the entities"],
    ["shared/an-entity-to-come/a.ts", "../../functions/runs/get.ts", "below functions"],
    ["shared/runs/a.ts", "../../functions/runs/get.ts", "below functions"],
    ["shared/mlflow/a.ts", "../../local/start.ts", "below the entities"],
    ["functions/runs/a.ts", "../experiments/get.ts", "never import each other"],
    ["functions/runs/b.ts", "../../local/start.ts", "never import each other"],
    ["functions/runs/b.ts", "../../cli/migrate.ts", "never import each other"],
    ["functions/runs/b.ts", "../../shared/tools/lock.ts", "never import each other"],
    ["shared/platform/b.ts", "../tools/lock.ts", "knows no MLflow entity"],
    ["shared/mlflow/b.ts", "../tools/lock.ts", "below the entities"],
    ["shared/runs/b.ts", "../tools/lock.ts", "does without shared/tools"],
    ["shared/runs/b.ts", "../../cli/migrate.ts", "below functions"],
    ["shared/tools/b.ts", "../../functions/main.ts", "below both"],
    ["cli/b.ts", "../local/start.ts", "lies in shared/tools"],
    ["local/b.ts", "../cli/migrate.ts", "lies in shared/tools"],
    ["functions/graphql/a.ts", "../../shared/platform/db/sql.ts", "SQL lies in the entities"],
    ["functions/graphql/b.ts", "sql-template-tag", "SQL lies in the entities"],
    ["functions/main.ts", "../shared/platform/db/sql.ts", "SQL lies in the entities"],
    ["functions/main.ts", "pg", "SQL lies in the entities"],
  ])("refuse %s importing %s", async (from, to, reason) => {
    const said = await lint({ [from]: uses(to) });
    expect(said).toContain("noRestrictedImports");
    expect(said).toContain(reason);
  });

  it.each([
    ["functions/runs/a.ts", "../../shared/runs/store.ts"],
    ["functions/runs/b.ts", "./schemas.ts"],
    ["functions/runs/c.ts", "../../shared/platform/db/errors.ts"],
    ["functions/main.ts", "./runs/routes.ts"],
    ["shared/runs/a.ts", "../experiments/store.ts"],
    ["shared/runs/b.ts", "../mlflow/rules.ts"],
    ["shared/mlflow/a.ts", "../platform/errors.ts"],
    ["shared/mlflow/search/a.ts", "../../platform/errors.ts"],
    ["shared/mlflow/search/b.ts", "../rules.ts"],
    ["shared/platform/db/a.ts", "../http/fields.ts"],
    ["local/a.ts", "../functions/main.ts"],
    ["local/c.ts", "../shared/tools/lock.ts"],
    ["cli/a.ts", "../functions/main.ts"],
    ["cli/c.ts", "../shared/tools/lock.ts"],
    ["shared/tools/c.ts", "../page/bundle.ts"],
  ])("let %s import %s", async (from, to) => {
    expect(await lint({ [from]: uses(to) })).not.toContain("noRestrictedImports");
  });

  it("refuse cycles", async () => {
    const cycle = { "shared/runs/one.ts": uses("./two.ts"), "shared/runs/two.ts": uses("./one.ts") };
    expect(await lint(cycle)).toContain("noImportCycles");
  });
});
