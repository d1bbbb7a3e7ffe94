/** `npm run migrate -- --auth-from`: users of a stock server come from a database of their own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aPrompt, firstAuthTables, grantsAlone } from "../db/old-auth.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";

let folder: string;
let target: { uri: string; drop(): Promise<void> };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "auth-from-"));
  // As stock's own store made them: basic_auth.py.
  for (const name of ["basic_auth.db", "basic_auth-2.22.5.db"])
    await writeFile(join(folder, name), gunzipSync(await readFile(`test/cli/${name}.gz`)));
  target = await aDatabase("mlflow");
});
afterEach(async () => {
  await target.drop();
  await rm(folder, { recursive: true, force: true });
});

const migrate = (from: string) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const env = { ...process.env, MLFLOW_BACKEND_STORE_URI: target.uri };
    execFile(
      process.execPath,
      [`${process.cwd()}/dist/migrate.cjs`, "--auth-from", from],
      { env, cwd: folder },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

async function rows(uri: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  return (await client.query(statement).finally(() => client.end())).rows;
}

const everything = `SELECT u.id, u.username, u.is_admin, r.name AS role, p.resource_type AS type, p.resource_pattern AS pattern, p.permission
  FROM users u LEFT JOIN user_role_assignments a ON a.user_id = u.id LEFT JOIN roles r ON r.id = a.role_id
  LEFT JOIN role_permissions p ON p.role_id = r.id ORDER BY u.id, r.id, p.id`;

const brought = [
  { id: 1, username: "root", is_admin: true, role: null, type: null, pattern: null, permission: null },
  {
    id: 3,
    username: "Jürgen",
    is_admin: false,
    role: "__user_3__",
    type: "experiment",
    pattern: "7",
    permission: "EDIT",
  },
  {
    id: 3,
    username: "Jürgen",
    is_admin: false,
    role: "readers",
    type: "registered_model",
    pattern: "*",
    permission: "READ",
  },
];

const signIn = (app: App, name: string, password: string) =>
  app.request("GET", "/version", {
    headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` },
  });

describe("a basic_auth.db", () => {
  it.each([
    ["beside the caller", () => "sqlite:///basic_auth.db"],
    ["elsewhere", () => `sqlite:///${folder}/basic_auth.db`],
  ])("%s brings its users, who sign in as before, and nothing the second time", async (_, uri) => {
    expect(await migrate(uri())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Brought 2 users, 2 roles and 2 permissions."),
    });
    expect(await rows(target.uri, everything)).toEqual(brought);
    expect(await migrate(uri())).toMatchObject({ code: 0, stdout: expect.stringContaining("brought nothing") });
    expect(await rows(target.uri, everything)).toEqual(brought);
    const app = await startApp({ MLFLOW_BACKEND_STORE_URI: target.uri, MLFLOW_FUNCTIONS_AUTH: "basic" });
    try {
      expect((await signIn(app, "root", "the password of root")).status).toBe(200);
      expect((await signIn(app, "Jürgen", "das Passwort: äöü")).status).toBe(200);
      expect((await signIn(app, "gone", "the password of gone")).status).toBe(401);
    } finally {
      await app.close();
    }
    // New users and roles get ids of their own.
    await rows(target.uri, "INSERT INTO users (username) VALUES ('new')");
    expect(await rows(target.uri, "SELECT id FROM users WHERE username = 'new'")).toEqual([{ id: 4 }]);
  });

  it("of MLflow 2.22 brings its users, with what was granted as roles of theirs", async () => {
    await rows(target.uri, aPrompt);
    const { code, stdout, stderr } = await migrate("sqlite:///basic_auth-2.22.5.db");
    expect(stderr).toBe("");
    expect([code, stdout]).toEqual([0, expect.stringContaining("Brought 2 users, 1 roles and 3 permissions.")]);
    const own = { id: 3, username: "Jürgen", is_admin: false, role: "__user_3__" };
    const expected = [
      brought[0],
      { ...own, type: "experiment", pattern: "7", permission: "EDIT" },
      { ...own, type: "registered_model", pattern: "m 1", permission: "MANAGE" },
      { ...own, type: "prompt", pattern: "asked", permission: "READ" },
    ];
    expect(await rows(target.uri, everything)).toEqual(expected);
    expect(await migrate("sqlite:///basic_auth-2.22.5.db")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("brought nothing"),
    });
    expect(await rows(target.uri, everything)).toEqual(expected);
    const app = await startApp({ MLFLOW_BACKEND_STORE_URI: target.uri, MLFLOW_FUNCTIONS_AUTH: "basic" });
    try {
      expect((await signIn(app, "Jürgen", "das Passwort: äöü")).status).toBe(200);
    } finally {
      await app.close();
    }
  });

  it("is refused where there are other users, and changes nothing", async () => {
    await rows(target.uri, "INSERT INTO users (username, is_admin) VALUES ('mine', true)");
    const { code, stderr } = await migrate("sqlite:///basic_auth.db");
    expect([code, stderr]).toEqual([1, expect.stringContaining("has 1 users of its own")]);
    expect(await rows(target.uri, "SELECT username FROM users")).toEqual([{ username: "mine" }]);
  });

  it.each([
    ["that is missing", "sqlite:///none.db", "can't be read"],
    ["that is something else", "sqlite:///text.db", "is no SQLite database"],
    ["that is empty", "sqlite:///empty.db", "no tables of users"],
    ["in use", "sqlite:///used.db", "Stop its server, then run: sqlite3"],
    ["of an unknown kind", "mysql://h/db", "--auth-from"],
  ])("%s is refused in one sentence", async (_, uri, message) => {
    await writeFile(join(folder, "text.db"), "this is no database".repeat(100));
    await writeFile(join(folder, "empty.db"), "");
    await writeFile(join(folder, "used.db"), "");
    await writeFile(join(folder, "used.db-wal"), "x");
    const { code, stderr } = await migrate(uri);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(await rows(target.uri, "SELECT username FROM users")).toEqual([]);
  });
});

describe("a PostgreSQL database", () => {
  it("brings its users", async () => {
    const source = await aDatabase("mlflow");
    try {
      await rows(
        source.uri,
        `INSERT INTO users (id, username, password_hash, is_admin) VALUES (5, 'u', 'h', NULL);
        INSERT INTO roles (id, name, workspace) VALUES (9, '__user_5__', 'default');
        INSERT INTO user_role_assignments (user_id, role_id) VALUES (5, 9);
        INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission) VALUES (9, 'prompt', 'p', 'DENY')`,
      );
      const { code, stdout } = await migrate(source.uri);
      expect([code, stdout]).toEqual([0, expect.stringContaining("Brought 1 users, 1 roles and 1 permissions.")]);
      expect(await rows(target.uri, everything)).toEqual(await rows(source.uri, everything));
    } finally {
      await source.drop();
    }
  });

  it("of the first revision brings its users, with what was granted", async () => {
    const source = await aDatabase("template0");
    try {
      await rows(source.uri, firstAuthTables + grantsAlone);
      const { code, stdout } = await migrate(source.uri);
      expect([code, stdout]).toEqual([0, expect.stringContaining("Brought 3 users, 2 roles and 4 permissions.")]);
      expect(await rows(source.uri, "SELECT version_num FROM alembic_version_auth")).toEqual([
        { version_num: "8606fa83a998" },
      ]);
    } finally {
      await source.drop();
    }
  });

  it("of an unknown revision is refused with what to run, and one that lacks a table", async () => {
    const source = await aDatabase("mlflow");
    try {
      await rows(source.uri, "DROP TABLE role_permissions");
      expect(await migrate(source.uri)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("is at revision f1a2b3c4d5e6, but has no table role_permissions."),
      });
      await rows(source.uri, "UPDATE alembic_version_auth SET version_num = '0123456789ab'");
      const { code, stderr } = await migrate(source.uri);
      expect([code, stderr]).toEqual([1, expect.stringContaining("mlflow.server.auth db upgrade")]);
    } finally {
      await source.drop();
    }
  });
});
