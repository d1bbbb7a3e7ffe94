import { execFile } from "node:child_process";
import { describe, expect, inject, it } from "vitest";
import { TestTables } from "../support/tables.ts";

const storage = { AZURE_STORAGE_CONNECTION_STRING: inject("storage"), AzureWebJobsStorage: inject("storage") };

/** What npm run doctor prints, by what it looked at, and its exit code. */
function doctor(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; lines: string[]; output: string }> {
  const own = { ...process.env, MLFLOW_BACKEND_STORE_URI: "", ...storage, ...new TestTables().settings, ...env };
  return new Promise((done) => {
    execFile(
      process.execPath,
      ["dist/doctor.cjs", "--data-dir", "test/output/none", ...args],
      { env: own },
      (error, stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), lines: stdout.split("\n"), output: stdout + stderr }),
    );
  });
}

describe("npm run doctor", () => {
  it("says where the ledger is kept, before it was ever used", async () => {
    const { lines } = await doctor({});
    expect(lines).toContainEqual(
      expect.stringMatching(/^good +tables: the upload ledger .* http:\/\/127\.0\.0\.1:\d+\/local/),
    );
  });

  it.each([
    [
      "a closed port",
      { MLFLOW_FUNCTIONS_TABLES_STORAGE: "AccountName=x;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:1/x" },
      /ECONNREFUSED.*/,
    ],
    [
      "a wrong key",
      { AzureWebJobsStorage: inject("storage").replace(/AccountKey=[^;]+/, "AccountKey=c2VjcmV0") },
      /403 /,
    ],
    [
      "a wrong setting",
      { MLFLOW_FUNCTIONS_TABLES_STORAGE: "AccountName=x" },
      /MLFLOW_FUNCTIONS_TABLES_STORAGE holds neither/,
    ],
    ["no account", { AzureWebJobsStorage: "" }, /no storage account is set: AzureWebJobsStorage/],
    [
      "no storage at all",
      { AzureWebJobsStorage: "", AZURE_STORAGE_CONNECTION_STRING: "" },
      /no storage account is set/,
    ],
  ])("says what is lacking with %s", async (_, env, message) => {
    const { code, lines, output } = await doctor(env);
    expect(code).toBe(1);
    const line = lines.find((each) => /^lacking +tables: /.test(each));
    expect(line).toMatch(message);
    expect(output).not.toMatch(/c2VjcmV0|\n\s+at /);
  });

  it.each([
    ["a SAS in the URL of the tables", "https://team.table.core.windows.net/?sv=2025&sig=topsecret"],
    ["a login in it", "https://user:topsecret@team.table.core.windows.net"],
    ["a fragment of it", "https://team.table.core.windows.net/#topsecret"],
  ])("refuses %s, and prints none of it", async (_, url) => {
    const { code, output } = await doctor({ MLFLOW_FUNCTIONS_TABLES_STORAGE: url });
    expect(code).toBe(1);
    expect(output).toContain("MLFLOW_FUNCTIONS_TABLES_STORAGE must be an address alone");
    expect(output).not.toContain("topsecret");
  });

  it("prints no secret of an endpoint in a connection string", async () => {
    const { output } = await doctor({
      MLFLOW_FUNCTIONS_TABLES_STORAGE:
        "AccountName=x;AccountKey=c2VjcmV0;TableEndpoint=http://user:topsecret@127.0.0.1:1/x?sig=topsecret",
    });
    expect(output).toMatch(/lacking +tables: .*http:\/\/127\.0\.0\.1:1\/x can't be used/);
    expect(output).not.toMatch(/topsecret|c2VjcmV0/);
  });

  it("prints a command in which the origin is one word to a shell", async () => {
    const { output } = await doctor({}, "--origin", "https://a$(id)`id`;'b.example");
    expect(output).toContain(" --origins 'https://a$(id)`id`;'\\''b.example' --methods ");
  });

  it("refuses an origin that is no site's", async () => {
    for (const origin of ["nonsense", "file:///etc"])
      expect(await doctor({}, "--origin", origin)).toMatchObject({
        code: 2,
        output: expect.stringContaining("--origin takes the address of a site"),
      });
  });
});
