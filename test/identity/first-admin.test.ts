/** Who can sign in to a database that nobody has signed in to. */
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { hashPassword } from "../../shared/platform/identity/password.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";

let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of close.reverse()) await each();
  close = [];
  for (const name of Object.keys(process.env))
    if (/^MLFLOW_(AUTH_|FUNCTIONS_AUTH$|SERVER_INFO)/.test(name)) delete process.env[name];
});

async function anApp(env: Record<string, string>, prepare?: string): Promise<App> {
  const { uri, drop } = await aDatabase("mlflow");
  close.push(drop);
  if (prepare) {
    const client = new pg.Client({ connectionString: uri });
    await client.connect();
    await client.query(prepare).finally(() => client.end());
  }
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: uri, MLFLOW_FUNCTIONS_AUTH: "basic", ...env });
  close.push(() => app.close());
  return app;
}

const signIn = (app: App, name: string, password: string) =>
  app.request("GET", "/version", {
    headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` },
  });

const stored = (hash: string, name = "admin", isAdmin = true) =>
  `INSERT INTO users (username, password_hash, is_admin) VALUES ('${name}', '${hash}', ${isAdmin})`;

describe("without an admin", () => {
  it.each([
    ["no password", {}, "Set MLFLOW_AUTH_ADMIN_PASSWORD"],
    ["an empty password", { MLFLOW_AUTH_ADMIN_PASSWORD: "" }, "Set MLFLOW_AUTH_ADMIN_PASSWORD"],
    ["an empty name", { MLFLOW_AUTH_ADMIN_USERNAME: "" }, "MLFLOW_AUTH_ADMIN_USERNAME is empty"],
    ["a short password", { MLFLOW_AUTH_ADMIN_PASSWORD: "short" }, "at least 12 characters"],
    ["the old default password", { MLFLOW_AUTH_ADMIN_PASSWORD: "password1234" }, "which everyone knows"],
  ])("%s is refused with what to do", async (_, env, message) => {
    const app = await anApp(env);
    const { status, body } = await signIn(app, "admin", "anything at all");
    expect([status, body.error_code]).toEqual([503, "TEMPORARILY_UNAVAILABLE"]);
    expect(body.message).toContain(message);
    expect((await app.request("GET", "/health")).status).toBe(200);
    expect((await app.db.query("SELECT FROM users")).rowCount).toBe(0);
  });

  it("the settings' one is made once, whoever else asks at the same time", async () => {
    const settings = { MLFLOW_AUTH_ADMIN_USERNAME: "Zoë", MLFLOW_AUTH_ADMIN_PASSWORD: "a password for Zoë" };
    const app = await anApp(settings);
    const answers = await Promise.all(Array.from({ length: 6 }, () => signIn(app, "Zoë", "a password for Zoë")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
    expect((await app.db.query("SELECT username FROM users")).rows).toEqual([{ username: "Zoë" }]);
  });
});

describe("an admin who is there", () => {
  it("keeps their password, whatever the settings say", async () => {
    const hash = await hashPassword("the password that is kept");
    const app = await anApp({ MLFLOW_AUTH_ADMIN_PASSWORD: "the settings' password" }, stored(hash));
    expect((await signIn(app, "admin", "the settings' password")).status).toBe(401);
    expect((await signIn(app, "admin", "the password that is kept")).status).toBe(200);
  });

  it("may have any name, where the settings have no password", async () => {
    const app = await anApp({}, stored(await hashPassword("a password of root"), "root"));
    expect((await signIn(app, "root", "a password of root")).status).toBe(200);
  });

  it("with the old default password gets the settings' one", async () => {
    const old = await hashPassword("password1234");
    const app = await anApp({ MLFLOW_AUTH_ADMIN_PASSWORD: "a password to replace it" }, stored(old));
    expect((await signIn(app, "admin", "password1234")).status).toBe(401);
    expect((await signIn(app, "admin", "a password to replace it")).status).toBe(200);
    expect((await app.db.query("SELECT FROM users WHERE password_hash = $1", [old])).rowCount).toBe(0);
  });
});

describe("a database whose tables of users", () => {
  it.each([
    [
      "are missing",
      "DROP TABLE users, roles, role_permissions, user_role_assignments, alembic_version_auth CASCADE",
      "npm run migrate",
    ],
    ["are older", "UPDATE alembic_version_auth SET version_num = 'e5f6a7b8c9d0'", "e5f6a7b8c9d0"],
  ])("%s is refused with the reason, and served once it is mended", async (_, change, message) => {
    const app = await anApp({ MLFLOW_AUTH_ADMIN_PASSWORD: "a password of the admin" }, change);
    const { status, body } = await signIn(app, "admin", "a password of the admin");
    expect([status, body.message]).toEqual([503, expect.stringContaining(message)]);
    if (!change.startsWith("UPDATE")) return;
    await app.db.query("UPDATE alembic_version_auth SET version_num = 'f1a2b3c4d5e6'");
    expect((await signIn(app, "admin", "a password of the admin")).status).toBe(200);
  });
});

describe("the settings", () => {
  it.each([["basic,oidc"], ["none,basic"], [","]])("MLFLOW_FUNCTIONS_AUTH=%s are refused", async (modes) => {
    const app = await anApp({ MLFLOW_FUNCTIONS_AUTH: modes });
    expect((await app.request("GET", "/health")).status).toBe(500);
    expect(app.lines.join("\n")).toContain(
      'MLFLOW_FUNCTIONS_AUTH must be "none", or some of basic, entra and easyauth',
    );
  });

  it("tell clients how to sign in, by MLFLOW_SERVER_INFO_TRACKING_AUTH", async () => {
    const app = await anApp({ MLFLOW_SERVER_INFO_TRACKING_AUTH: "entra" });
    expect((await app.request("GET", "/api/3.0/mlflow/server-info")).body.tracking_auth).toBe("entra");
  });

  it("lower what there is of what nothing is granted on", async () => {
    const env = {
      MLFLOW_AUTH_DEFAULT_PERMISSION: "NO_PERMISSIONS",
      MLFLOW_AUTH_ADMIN_PASSWORD: "a password of the admin",
    };
    const app = await anApp(env, stored(await hashPassword("a password of u"), "u", false));
    const headers = { authorization: `Basic ${Buffer.from("u:a password of u").toString("base64")}` };
    expect((await app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", { headers })).status).toBe(403);
  });
});
