import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";

const commands: [name: string, ...options: string[]][] = [
  ["audit", "--who", "--what", "--newest", "--since", "--json", "--data-dir"],
  ["doctor", "--url", "--origin", "--json", "--data-dir"],
  ["grants", "--run", "--model", "--since", "--json", "--data-dir"],
  ["import", "--dry-run", "--no-artifacts", "--artifacts", "--data-dir"],
  ["install-ui", "--version", "--wheel", "--python"],
  ["migrate", "--dry-run", "--keep-revision", "--indexes", "--drop-indexes", "--auth-from", "--grant", "--object-id"],
  ["reprice", "--dry-run", "--data-dir"],
  ["routes"],
  ["services", "--data-dir", "--fresh"],
  ["sql"],
  ["tokens", "--for", "--name", "--role", "--read-only", "--days", "--data-dir"],
  ["start", "--port", "--host", "--data-dir", "--fresh", "--no-ui"],
];

/** What a command prints on both streams, and its exit code. */
function run(name: string, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile(
      process.execPath,
      [`dist/${name}.cjs`, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe.each(commands)("the command %s", (name, ...options) => {
  it("explains its options", async () => {
    for (const asked of ["--help", "-h"]) {
      const { code, stdout, stderr } = await run(name, [asked]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^[A-Z].*: .*npm (start|run [a-z]+) -- \[options\]/);
      const listed = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option);
      expect(listed).toEqual([...options, "--help"]);
    }
  });

  it("refuses an option that it does not have, in one sentence", async () => {
    const { code, stdout, stderr } = await run(name, ["--zork=1"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Unknown option '--zork': see .*npm (start|run [a-z]+) -- --help\.\n$/);
  });
});

it.each(commands.map(([name]) => name).filter((name) => !["import", "sql", "tokens"].includes(name)))(
  "%s takes options alone",
  async (name) => {
    const { code, stderr } = await run(name, ["zork"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Unexpected argument 'zork': see .*\n$/);
  },
);

describe("a command that fails", () => {
  const wrong = { MLFLOW_BACKEND_STORE_URI: "postgresql://u:topsecret@h:54x/db" };

  it.each(["doctor", "migrate", "grants", "audit", "start"])(
    "says in one sentence which setting is wrong: %s",
    async (name) => {
      const { code, stdout, stderr } = await run(name, [], wrong);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^Settings are wrong: MLFLOW_BACKEND_STORE_URI has a port that is no number.*\n$/);
    },
  );

  it("says so without a stack or a secret where a database can't be reached", async () => {
    const uri = "postgresql://u:topsecret@127.0.0.1:1/db";
    const { code, stderr } = await run("migrate", [], { MLFLOW_BACKEND_STORE_URI: uri });
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toContain("topsecret");
  });

  it("says which route is not there", async () => {
    const { code, stderr } = await run("sql", ["zork"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "No route that uses the database is called 'zork': npm run routes lists all.\n",
    });
  });
});

it("npm run routes lists who may call each route", async () => {
  const { code, stdout } = await run("routes", []);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^runs +POST +\/api\/2\.0\/mlflow\/runs\/delete +statement +delete run$/m);
  expect(stdout).toMatch(/^server +GET +\/health +no db +open$/m);
  expect(stdout).toMatch(/^server +GET +\/api\/2\.0\/mlflow\/webhooks +501 +signed in \(Webhooks are not served.*\)$/m);
});
