import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let clone: string;
/** A clone whose own scripts only say that they ran: the folder they make is test/local/package.test.ts's matter. */
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "mlflow-clone-"));
  await cp("infra/hooks", join(clone, "infra/hooks"), { recursive: true });
  await mkdir(join(clone, "scripts"));
  await script("install", 'console.log("installed");');
  await script("package", 'console.log("packaged in", process.cwd());');
});
afterEach(() => rm(clone, { recursive: true }));

const script = (name: string, text: string) => writeFile(join(clone, `scripts/${name}.mjs`), text);

const hook = (cwd: string) =>
  new Promise<{ code: number; text: string }>((done) =>
    execFile(process.execPath, [join(clone, "infra/hooks/package.mjs")], { cwd }, (error, stdout, stderr) =>
      done({ code: error ? 1 : 0, text: stdout + stderr }),
    ),
  );

describe("prepackage", () => {
  it("installs what is missing and makes dist/app, from wherever azd runs it", async () => {
    const { code, text } = await hook(tmpdir());
    expect([code, text]).toEqual([0, expect.stringMatching(/installed\npackaged in .*mlflow-clone-/)]);
    expect(text).toContain("npm run ui && azd deploy");
  });

  it.each(["install", "package"])("ships nothing where %s fails, and says the command", async (name) => {
    await script(name, "process.exitCode = 1;");
    const { code, text } = await hook(clone);
    expect([code, text]).toEqual([1, expect.stringContaining("npm ci && npm run package")]);
  });
});
