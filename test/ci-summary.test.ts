import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Vitest is found from here, not from the system's temporary folder. */
mkdirSync("test/output", { recursive: true });
const folder = mkdtempSync(join(process.cwd(), "test/output/ci-summary-"));
afterAll(() => rmSync(folder, { recursive: true }));

const vitest = (run: string, text: string) => {
  const root = join(folder, run.replace(":", "-"));
  mkdirSync(root);
  writeFileSync(join(root, "some.test.ts"), `import { expect, it } from "vitest";\n${text}`);
  writeFileSync(join(root, "vitest.config.ts"), "export default {}");
  const reporters = ["--reporter=json", `--outputFile.json=${folder}/${run}.json`];
  spawnSync("npx", ["vitest", "run", "--root", root, ...reporters]);
};

const summary = (...failedSteps: string[]) => {
  const { stdout, status } = spawnSync(process.execPath, [".ci/summary.mjs", folder, ...failedSteps]);
  return { status, lines: stdout.toString().trimEnd().split("\n").slice(1) };
};

describe("the end of a CI run", () => {
  beforeAll(() => {
    vitest("test", `it("adds", () => expect(1 + 1).toBe(2)); it("subtracts", () => expect(1 - 1).toBe(3))`);
    vitest("test:acceptance", `it("multiplies", () => expect(1 * 1).toBe(1))`);
    vitest("test:ui", `throw new Error("no browser")`);
    writeFileSync(join(folder, "check.log"), "scripts/x.ts:3: a comment of more than 120 columns\n");
  });

  it("names each failed test with its error, files that do not load, and steps that fail without a test", () => {
    const at = relative(process.cwd(), folder);
    expect(summary("check", "test", "test:ui")).toEqual({
      status: 1,
      lines: [
        "What failed:",
        `${at}/test/some.test.ts: subtracts: AssertionError: expected +0 to be 3 // Object.is equality`,
        `${at}/test-ui/some.test.ts: no browser`,
        "npm run check failed",
        "  scripts/x.ts:3: a comment of more than 120 columns",
        "2 passed, 3 failed",
      ],
    });
  });

  it("counts a run without a report", () => {
    rmSync(join(folder, "test:ui.json"));
    expect(summary("test", "test:ui").lines.slice(-2)).toEqual(["npm run test:ui failed", "2 passed, 2 failed"]);
  });

  it("has the totals only where nothing failed", () => {
    for (const run of ["test", "test:ui"]) rmSync(join(folder, run.replace(":", "-")), { recursive: true });
    for (const run of ["test", "test:ui"]) vitest(run, `it("is", () => expect(1).toBe(1))`);
    const { stdout, status } = spawnSync(process.execPath, [".ci/summary.mjs", folder]);
    expect([stdout.toString(), status]).toEqual(["3 passed, 0 failed\n", 0]);
  });
});
