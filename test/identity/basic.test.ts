/** Sign-in by name and password, through the app. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../shared/platform/identity/password.ts";
import { type App, startApp } from "../support/app.ts";
import { cryptoCalls } from "./crypto-calls.ts";

const admin = { name: "admin", password: "the first password" };

const basic = ({ name, password }: { name: string; password: string }, more: Record<string, string> = {}) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
  ...more,
});

let app: App;
beforeAll(async () => {
  app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "basic", MLFLOW_AUTH_ADMIN_PASSWORD: admin.password });
  // The first sign-in makes the first admin.
  await version(basic(admin));
});
afterAll(async () => {
  await app.close();
  delete process.env.MLFLOW_FUNCTIONS_AUTH;
  delete process.env.MLFLOW_AUTH_ADMIN_PASSWORD;
});

const version = async (headers: Record<string, string> = {}) => app.request("GET", "/version", { headers });

const aUser = async (name: string, password: string, hash?: string) => {
  const stored = hash ?? (await hashPassword(password));
  await app.db.query("INSERT INTO users (username, password_hash, is_admin) VALUES ($1, $2, false)", [name, stored]);
  return { name, password };
};

describe("without sign-in", () => {
  it("answers 401 with the way to do so, in MLflow's error JSON", async () => {
    for (const path of ["/version", "/", "/api/2.0/mlflow/experiments/get?experiment_id=0", "/api/2.0/nothing"]) {
      const { status, headers, body } = await app.request("GET", path);
      expect([path, status, body.error_code]).toEqual([path, 401, "UNAUTHENTICATED"]);
      expect(headers.get("www-authenticate")).toBe('Basic realm="mlflow", charset="UTF-8"');
    }
  });

  it("serves health, server-info and the page's files", async () => {
    for (const path of ["/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"])
      expect([path, (await app.request("GET", path)).status]).toEqual([path, 200]);
    expect((await app.request("GET", "/static-files/none.js")).status).toBe(404);
  });

  it.each([
    ["no base64", "Basic %%%"],
    ["no colon", `Basic ${Buffer.from("admin").toString("base64")}`],
    ["no UTF-8", `Basic ${Buffer.from([0xff, 0x3a, 0x61]).toString("base64")}`],
    ["NUL in the name", `Basic ${Buffer.from("ad\0min:x").toString("base64")}`],
    ["a name nobody can have", `Basic ${Buffer.from(`${"n".repeat(256)}:x`).toString("base64")}`],
    ["no credentials", "Basic"],
    ["another scheme", "Digest username=admin"],
    ["a token", "Bearer abc"],
  ])("takes %s for none", async (_, authorization) => {
    expect((await version({ authorization })).status).toBe(401);
  });
});

describe("the first admin", () => {
  it("is made from the settings, and may do everything", async () => {
    expect((await version(basic(admin))).status).toBe(200);
    expect((await app.request("GET", "/api/2.0/nothing", { headers: basic(admin) })).status).toBe(404);
    const { rows } =
      await app.db.query(`SELECT username, is_admin, password_hash, r.name = '__user_' || u.id || '__' AS own
      FROM users u JOIN user_role_assignments a ON a.user_id = u.id JOIN roles r ON r.id = a.role_id WHERE username = 'admin'`);
    expect(rows).toMatchObject([{ username: "admin", is_admin: true, own: true }]);
    expect(rows[0].password_hash).toMatch(/^scrypt:32768:8:1\$/);
  });
});

describe("a user", () => {
  it("signs in with any UTF-8 name and password, and a hash that werkzeug made", async () => {
    const vectors = JSON.parse(await readFile("test/identity/hashes.json", "utf8"));
    const { password, hash } = vectors.find((each: { password: string }) => each.password.startsWith("geheim"));
    const user = await aUser("Jürgen 日本", password, hash);
    expect((await version(basic(user))).status).toBe(200);
    expect((await version(basic({ ...user, password: `${password}!` }))).status).toBe(401);
    expect((await version(basic({ ...user, name: "jürgen 日本" }))).status).toBe(401);
  });

  it("has stock's default permission, and is told nothing of what is not served", async () => {
    const headers = basic(await aUser("reader", "a password of a reader"));
    expect((await app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", { headers })).status).toBe(200);
    const body = JSON.stringify({ experiment_id: "0", new_name: "mine" });
    const changed = await app.request("POST", "/api/2.0/mlflow/experiments/update", { headers: json(headers), body });
    expect([changed.status, changed.body.error_code]).toEqual([403, "PERMISSION_DENIED"]);
    expect((await app.request("GET", "/api/2.0/nothing", { headers })).status).toBe(403);
  });

  it("manages at once what they create, granted to the role of their own that they lacked", async () => {
    const headers = json(basic(await aUser("maker", "a password of a maker")));
    const post = (path: string, body: object) => app.request("POST", path, { headers, body: JSON.stringify(body) });
    const name = "ours";
    const created = await post("/api/2.0/mlflow/experiments/create", { name });
    expect(created.status).toBe(200);
    const update = { experiment_id: created.body.experiment_id, new_name: "ours, renamed" };
    expect((await post("/api/2.0/mlflow/experiments/update", update)).status).toBe(200);
    const model = "m".repeat(256);
    expect((await post("/api/2.0/mlflow/registered-models/create", { name: model })).status).toBe(200);
    expect(
      (await post("/api/2.0/mlflow/registered-models/set-tag", { name: model, key: "k", value: "v" })).status,
    ).toBe(200);
    const { rows } = await app.db.query(`SELECT p.resource_type AS type, p.permission FROM role_permissions p
      JOIN roles r ON r.id = p.role_id JOIN users u ON r.name = '__user_' || u.id || '__' WHERE u.username = 'maker' ORDER BY 1`);
    expect(rows).toEqual([
      { type: "experiment", permission: "MANAGE" },
      { type: "registered_model", permission: "MANAGE" },
    ]);
  });

  it("is allowed what another instance granted a moment ago", async () => {
    const headers = json(basic(await aUser("granted", "a password of the granted")));
    const body = JSON.stringify({ experiment_id: "0", key: "k", value: "v" });
    const set = () => app.request("POST", "/api/2.0/mlflow/experiments/set-experiment-tag", { headers, body });
    expect((await set()).status).toBe(403);
    await app.db.query(`INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
      SELECT r.id, 'experiment', '0', 'EDIT' FROM roles r JOIN users u ON r.name = '__user_' || u.id || '__'
      WHERE u.username = 'granted'`);
    expect((await set()).status).toBe(200);
  });

  it("is nobody when their role of their own is somebody else's too", async () => {
    await aUser("first", "a password of the first");
    await aUser("second", "a password of the second");
    await app.db.query(`WITH role AS (INSERT INTO roles (name, workspace)
        SELECT '__user_' || id || '__', 'default' FROM users WHERE username = 'first' RETURNING id)
      INSERT INTO user_role_assignments (user_id, role_id) SELECT u.id, role.id FROM users u, role
      WHERE username = 'second'`);
    const headers = json(basic({ name: "first", password: "a password of the first" }));
    const body = JSON.stringify({ name: "of the first" });
    const refused = await app.request("POST", "/api/2.0/mlflow/experiments/create", { headers, body });
    expect([refused.status, refused.body.message]).toEqual([503, expect.stringContaining("others have it too")]);
  });
});

describe("a password that was checked", () => {
  it("is checked once for many requests, and once for those at the same time", async () => {
    const headers = basic(await aUser("worker", "a password of a worker"));
    const calls = cryptoCalls();
    const answers = await Promise.all(Array.from({ length: 20 }, () => version(headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    for (let again = 0; again < 20; again++) expect((await version(headers)).status).toBe(200);
    expect(calls.stop()).toEqual(["scrypt 32768 8 1"]);
  });

  it("costs the same whether it is wrong or there is no such user", async () => {
    await aUser("known", "a password of the known");
    const cost = async (name: string) => {
      const calls = cryptoCalls();
      expect((await version(basic({ name, password: "wrong" }))).status).toBe(401);
      return calls.stop();
    };
    expect(await cost("unknown")).toEqual(["scrypt 32768 8 1"]);
    expect(await cost("known")).toEqual(["scrypt 32768 8 1"]);
    expect(await cost("n".repeat(300))).toEqual(["scrypt 32768 8 1"]);
  });

  it("ends with the password, and the new one counts at once", async () => {
    const user = await aUser("changing", "the password before");
    expect((await version(basic(user))).status).toBe(200);
    const changed = { ...user, password: "the password after" };
    await app.db.query("UPDATE users SET password_hash = $1 WHERE username = $2", [
      await hashPassword(changed.password),
      user.name,
    ]);
    expect((await version(basic(changed))).status).toBe(200);
    expect((await version(basic(user))).status).toBe(401);
  });
});

describe("a hash of another kind", () => {
  it("is replaced when its user signs in, and serves the same password after that", async () => {
    const vectors: { password: string; hash: string }[] = JSON.parse(
      await readFile("test/identity/hashes.json", "utf8"),
    );
    const { password, hash } = vectors.find((vector) => vector.hash.startsWith("pbkdf2:sha256:1000$"))!;
    const user = await aUser("of old", password, hash);
    const stored = async () =>
      (await app.db.query("SELECT password_hash AS hash FROM users WHERE username = 'of old'")).rows[0].hash;
    expect((await version(basic({ ...user, password: "wrong" }))).status).toBe(401);
    expect(await stored()).toBe(hash);
    const calls = cryptoCalls();
    expect((await version(basic(user))).status).toBe(200);
    expect((await version(basic(user))).status).toBe(200);
    expect(calls.stop()).toEqual(["pbkdf2 sha256 1000", "scrypt 32768 8 1"]);
    expect(await stored()).toMatch(/^scrypt:32768:8:1\$/);
    expect((await version(basic(user, { "x-forwarded-for": "198.51.100.99" }))).status).toBe(200);
  });
});

describe("the default password of old servers", () => {
  it("opens no admin's account, and opens a user's", async () => {
    const old = await aUser("old admin", "password1234");
    expect((await version(basic(old))).status).toBe(200);
    await app.db.query("UPDATE users SET is_admin = true WHERE username = 'old admin'");
    const other = await aUser("older admin", "password1234");
    await app.db.query("UPDATE users SET is_admin = true WHERE username = 'older admin'");
    expect((await version(basic(other))).status).toBe(401);
  });
});

describe("failures", () => {
  const from = (address: string) => ({ "x-forwarded-for": `203.0.113.9, ${address}` });

  it("make the same address wait for the same user, and nobody else", async () => {
    const user = await aUser("attacked", "a password of the attacked");
    const wrong = (password: string, address: string) => version(basic({ ...user, password }, from(address)));
    const statuses: number[] = [];
    for (let guess = 0; guess < 7; guess++) statuses.push((await wrong(`guess ${guess}`, "198.51.100.7:4711")).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const calls = cryptoCalls();
    const right = await version(basic(user, from("198.51.100.7:50001")));
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(calls.stop()).toEqual([]);
    expect((await version(basic(user, from("198.51.100.8")))).status).toBe(200);
    expect((await version(basic(admin, from("198.51.100.7")))).status).toBe(200);
  });

  it("count while they are being checked", async () => {
    const user = await aUser("rushed", "a password of the rushed");
    const guesses = Array.from({ length: 12 }, (_, guess) =>
      version(basic({ ...user, password: `guess ${guess}` }, from("198.51.100.20"))),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });
});

describe("many sign-ins at once", () => {
  it("wait their turn, of one address only so many", async () => {
    const calls = cryptoCalls();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, each) =>
        version(basic({ name: `nobody ${each}`, password: "x" }, { "x-forwarded-for": "198.51.100.30" })),
      ),
    );
    const refused = answers.filter(({ status }) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
    expect(calls.stop()).toHaveLength(40 - refused);
    expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
  });
});

const json = (headers: Record<string, string>) => ({ ...headers, "content-type": "application/json" });
