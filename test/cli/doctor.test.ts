import { execFile } from "node:child_process";
import pg from "pg";
import { describe, expect, inject, it } from "vitest";
import { hashPassword } from "../../shared/platform/identity/password.ts";
import { aDatabase } from "../support/app.ts";
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

  it("says that AzureWebJobsStorage is set to nothing, which keeps the host on Azure from starting", async () => {
    const { code, lines } = await doctor({ AzureWebJobsStorage: "", AzureWebJobsStorage__accountName: "team" });
    expect(code).toBe(1);
    expect(lines).toContainEqual(
      expect.stringMatching(/^lacking +host storage: AzureWebJobsStorage is set, and empty/),
    );
    expect((await doctor({})).output).not.toContain("host storage");
  });

  it("looks at the artifacts' container, and signs for it", async () => {
    const good = await doctor({});
    expect(good.output).toMatch(
      /^good +storage: The container 'mlflow' of the storage account 'local\w*' can be used\.$/m,
    );
    expect(good.output).toMatch(/^good +delegation key: SAS are signed with the account's key/m);
    const wrong = await doctor({
      AZURE_STORAGE_CONNECTION_STRING: inject("storage").replace(/AccountKey=[^;]+/, "AccountKey=c2VjcmV0"),
    });
    expect(wrong.output).toMatch(
      /^lacking +storage: .* refuses the app's key or token: it is wrong.* AZURE_STORAGE_CONNECTION_STRING/m,
    );
    expect(wrong.output).not.toContain("c2VjcmV0");
  });

  it("prints one object, where it is asked to", async () => {
    const { lines, code } = await doctor({}, "--json");
    const said = JSON.parse(lines[0]!);
    expect([said.good, code]).toEqual([false, 1]);
    expect(said.findings).toContainEqual(expect.objectContaining({ name: "database", state: "lacking" }));
    expect(said.findings).toContainEqual(expect.objectContaining({ name: "storage", state: "good" }));
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

describe("npm run doctor says of the users of basic sign-in", () => {
  const auth = { MLFLOW_FUNCTIONS_AUTH: "basic" };

  async function users(change: string | undefined, env: Record<string, string> = {}): Promise<string | undefined> {
    const { uri, drop } = await aDatabase("mlflow");
    try {
      const client = new pg.Client({ connectionString: uri });
      await client.connect();
      if (change) await client.query(change);
      await client.end();
      const { lines } = await doctor({ MLFLOW_BACKEND_STORE_URI: uri, ...auth, ...env });
      return lines.find((line) => line.includes(" users: "));
    } finally {
      await drop();
    }
  }

  const admin = async (password: string) =>
    `INSERT INTO users (username, password_hash, is_admin) VALUES ('root', '${await hashPassword(password)}', true)`;

  it("who the admins are, and whether there is none", async () => {
    expect(await users(await admin("a password of root"))).toBe("good     users: 'root' may do everything");
    expect(await users(undefined)).toMatch(/^lacking .*no admin yet. Set MLFLOW_AUTH_ADMIN_PASSWORD/);
    const set = { MLFLOW_AUTH_ADMIN_PASSWORD: "a password of the admin" };
    expect(await users(undefined, set)).toBe("good     users: the first request makes the admin 'admin'");
    for (const refused of ["password1234", "too short"])
      expect(await users(undefined, { MLFLOW_AUTH_ADMIN_PASSWORD: refused })).toMatch(
        /^lacking .*MLFLOW_AUTH_ADMIN_PASSWORD, to a/,
      );
  });

  it("that an admin has the default password of old servers", async () => {
    expect(await users(await admin("password1234"))).toMatch(/^lacking .*'root' has the default password/);
  });

  it("that their tables are older, or missing", async () => {
    const older = "UPDATE alembic_version_auth SET version_num = 'e5f6a7b8c9d0'";
    expect(await users(older)).toMatch(/^lacking .*e5f6a7b8c9d0.*npm run migrate/);
    const missing = "DROP TABLE users, roles, role_permissions, user_role_assignments, alembic_version_auth CASCADE";
    expect(await users(missing)).toMatch(/^lacking .*npm run migrate/);
  });
});
