import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isToken, newToken } from "../../shared/tokens/rules.ts";
import { type Answer, type App, startApp } from "../support/app.ts";
import { as, asAdmin, basicSettings, codeOf, forget, makeUsers, type SignedIn, signedInApp } from "./signed-in.ts";

const tokens = "/api/functions/tokens";
const v2 = "/api/2.0/mlflow";
const v3 = "/api/3.0/mlflow";
const names = ["alice", "bob", "carol", "dave"] as const;

let app: App;
let admin: SignedIn;
let users: Record<string, SignedIn>;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ app, admin, users, close } = await signedInApp(names));
});
afterAll(() => close());

const make = async (who: SignedIn, asked: object = {}) =>
  who.send("POST", `${tokens}/create`, { name: crypto.randomUUID(), ...asked });
const textOf = async (who: SignedIn, asked: object = {}) => (await make(who, asked)).body.token_value as string;

/** Requests by a token as Bearer. */
const by = (token: string, on = app) => ({
  get: (path: string) => on.request("GET", path, { headers: { authorization: `Bearer ${token}` } }),
  send: (method: string, path: string, body: object) =>
    on.request(method, path, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
});
const asPassword = (token: string, name = "anyone"): Promise<Answer> =>
  app.request("GET", `${v2}/users/current`, {
    headers: { authorization: `Basic ${Buffer.from(`${name}:${token}`).toString("base64")}` },
  });
const whoIs = async (token: string) => (await by(token).get(`${v2}/users/current`)).body.user?.username;

describe("an API token", () => {
  it("has a form that scanners find, with a checksum", () => {
    const token = newToken();
    expect(token).toMatch(/^mlfn_[0-9A-Za-z]{36}$/);
    expect(isToken(token)).toBe(true);
    const other = token.endsWith("0") ? "1" : "0";
    expect(isToken(token.slice(0, -1) + other)).toBe(false);
  });

  it("signs its owner in, as Bearer and as a password with any name", async () => {
    const token = await textOf(users.alice!);
    expect(await whoIs(token)).toBe("alice");
    expect((await asPassword(token)).body.user.username).toBe("alice");
    expect((await asPassword(token, "")).body.user.username).toBe("alice");
    expect((await by(newToken()).get("/version")).status).toBe(401);
  });

  it("is told once and stored as a hash", async () => {
    const token = await textOf(users.alice!);
    const { rows } = await app.db.query("SELECT t::text AS line FROM mlflow_functions.tokens t");
    for (const { line } of rows) expect(line).not.toContain(token.slice(5, 25));
    expect((await users.alice!.get(`${tokens}/list`)).text).not.toContain(token.slice(5, 25));
    expect(app.lines.join("\n")).not.toContain(token.slice(5, 25));
  });

  it("can't make or revoke tokens, an admin's neither", async () => {
    for (const who of [users.alice!, admin]) {
      const { body } = await make(who);
      const token = by(body.token_value);
      expect(codeOf(await token.send("POST", `${tokens}/create`, { name: "more" }))).toEqual([
        403,
        "PERMISSION_DENIED",
      ]);
      expect(codeOf(await token.send("DELETE", `${tokens}/revoke`, { id: body.token.id }))).toEqual([
        403,
        "PERMISSION_DENIED",
      ]);
    }
  });

  it("ends when it is revoked, by its owner or an admin and by nobody else", async () => {
    for (const who of [users.alice!, admin]) {
      const { body } = await make(users.alice!);
      expect(await whoIs(body.token_value)).toBe("alice");
      expect((await users.bob!.send("DELETE", `${tokens}/revoke`, { id: body.token.id })).status).toBe(404);
      expect((await who.send("DELETE", `${tokens}/revoke`, { id: body.token.id })).status).toBe(200);
      expect((await by(body.token_value).get("/version")).status).toBe(401);
    }
  });

  it("ends on other instances within half a minute", async () => {
    const other = await startApp({ ...basicSettings, MLFLOW_BACKEND_STORE_URI: app.databaseUri });
    try {
      const { body } = await make(users.alice!);
      expect((await by(body.token_value, other).get("/version")).status).toBe(200);
      await users.alice!.send("DELETE", `${tokens}/revoke`, { id: body.token.id });
      const status = async () => (await by(body.token_value, other).get("/version")).status;
      await expect.poll(status, { timeout: 60_000, interval: 1000 }).toBe(401);
    } finally {
      await other.close();
      delete process.env.MLFLOW_BACKEND_STORE_URI;
    }
  }, 90_000);

  it("ends at its time, and by the longest time of the settings", async () => {
    const { body } = await make(users.alice!, { expires_in_days: 2 });
    const { creation_time: from, expiration_time: to } = body.token;
    expect(Math.round((to - from) / 86_400_000)).toBe(2);
    const old = await make(users.alice!, { expires_in_days: 365 });
    await app.db.query("UPDATE mlflow_functions.tokens SET expires_at = now() WHERE id = $1", [body.token.id]);
    await app.db.query(
      "UPDATE mlflow_functions.tokens SET created_at = now() - interval '366 days', expires_at = now() + interval '9 days' WHERE id = $1",
      [old.body.token.id],
    );
    for (const { token_value } of [body, old.body])
      expect((await by(token_value).get("/version")).body.message).toBe("The API token has expired.");
  });

  it("shows when it was used last", async () => {
    const { body } = await make(users.carol!);
    const lastUse = async () =>
      (await users.carol!.get(`${tokens}/list`)).body.tokens.find(({ id }: { id: number }) => id === body.token.id)
        .last_used_time;
    expect(await lastUse()).toBeNull();
    await by(body.token_value).get("/version");
    await expect.poll(lastUse, { timeout: 20_000 }).toBeGreaterThan(body.token.creation_time - 1);
  });

  it("is listed for its owner, and all for an admin who asks", async () => {
    await make(users.bob!, { name: "mine", read_only: true });
    const { tokens: own } = (await users.bob!.get(`${tokens}/list`)).body;
    expect(own).toEqual([
      expect.objectContaining({ name: "mine", owner: "bob", read_only: true, role: null, last_used_time: null }),
    ]);
    expect((await users.bob!.get(`${tokens}/list`, { all: "true" })).body.tokens).toEqual(own);
    const all = (await admin.get(`${tokens}/list`, { all: "true" })).body.tokens;
    expect(all.map(({ owner }: { owner: string }) => owner)).toEqual(expect.arrayContaining(["alice", "bob"]));
  });

  it("is refused where its name or its life is odd, or its name is taken", async () => {
    for (const asked of [
      { name: " " },
      { name: "a\nb" },
      { expires_in_days: 366 },
      { expires_in_days: 0 },
      { role: "no" },
    ])
      expect(codeOf(await make(users.alice!, asked))).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    await make(users.alice!, { name: "twice" });
    expect(codeOf(await make(users.alice!, { name: "twice" }))).toEqual([400, "RESOURCE_ALREADY_EXISTS"]);
  });

  it("that is wrong may be tried five times, and others of the address go on", async () => {
    const [wrong, right] = [newToken(), await textOf(users.alice!)];
    const statuses: number[] = [];
    for (let time = 0; time < 7; time++) statuses.push((await by(wrong).get("/version")).status);
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses).toContain(429);
    expect(await whoIs(right)).toBe("alice");
  });
});

describe("npm run tokens", () => {
  const command = async (...args: string[]) => {
    const env = { ...process.env, ...basicSettings, MLFLOW_BACKEND_STORE_URI: app.databaseUri };
    const { stdout } = await promisify(execFile)(process.execPath, ["dist/tokens.cjs", ...args], { env });
    return stdout.trim();
  };

  it("makes a token of a user, lists and revokes it", async () => {
    const token = await command("create", "--for", "bob", "--name", "by an operator", "--read-only", "--days", "3");
    expect(await whoIs(token)).toBe("bob");
    const [, id = ""] = /^(\d+) +by an operator +bob +all read-only +until .*$/m.exec(await command("list")) ?? [];
    expect(await command("revoke", id)).toMatch(/^Revoked by an operator\./);
    expect(await command("list")).not.toContain("by an operator");
    await expect(command("create", "--for", "nobody", "--name", "x")).rejects.toThrow("There is no user");
  }, 60_000);
});

describe("a token's rights", () => {
  const experiment = async (who: SignedIn) =>
    (await who.send("POST", `${v2}/experiments/create`, { name: crypto.randomUUID() })).body.experiment_id as string;
  const rename = async (token: string, id: string) =>
    (await by(token).send("POST", `${v2}/experiments/update`, { experiment_id: id, new_name: crypto.randomUUID() }))
      .status;
  const read = async (token: string, id: string) =>
    (await by(token).get(`${v2}/experiments/get?experiment_id=${id}`)).status;

  it("are its owner's, what is granted later included", async () => {
    const id = await experiment(admin);
    const token = await textOf(users.alice!);
    expect(await rename(token, id)).toBe(403);
    const grant = { username: "alice", resource_type: "experiment", resource_id: id, permission: "EDIT" };
    await admin.send("POST", `${v3}/users/permissions/grant`, grant);
    expect(await rename(token, id)).toBe(200);
  });

  it("are to read where it is for that, an admin's too", async () => {
    for (const who of [users.alice!, admin]) {
      const id = await experiment(who);
      const token = await textOf(who, { read_only: true });
      expect([await read(token, id), await rename(token, id)]).toEqual([200, 403]);
      expect((await by(token).send("POST", `${v2}/experiments/create`, { name: "x" })).status).toBe(403);
      expect(
        (await by(token).send("POST", `${v2}/users/create`, { username: "x", password: "x".repeat(12) })).status,
      ).toBe(403);
    }
  });

  it("are a role's where it is narrowed to that, as long as its owner has the role", async () => {
    const [inRole, owned] = [await experiment(admin), await experiment(users.dave!)];
    const { role } = (await admin.send("POST", `${v3}/roles/create`, { workspace: "default", name: "ci" })).body;
    const permission = { role_id: role.id, resource_type: "experiment", resource_pattern: inRole, permission: "EDIT" };
    await admin.send("POST", `${v3}/roles/permissions/add`, permission);
    expect(codeOf(await make(users.dave!, { role: "ci" }))).toEqual([403, "PERMISSION_DENIED"]);
    await admin.send("POST", `${v3}/roles/assign`, { username: "dave", role_id: role.id });
    const token = await textOf(users.dave!, { role: "ci" });
    expect([await rename(token, inRole), await read(token, owned)]).toEqual([200, 403]);
    expect((await by(token).send("POST", `${v2}/experiments/create`, { name: "x" })).status).toBe(403);
    await admin.send("DELETE", `${v3}/roles/unassign`, { username: "dave", role_id: role.id });
    expect((await by(token).get("/version")).body.message).toContain("its owner has no longer");
  });

  it("end with its owner, and are not those of a namesake", async () => {
    await makeUsers(app, ["eve"]);
    const token = await textOf(as(app, "eve"));
    expect(await whoIs(token)).toBe("eve");
    await admin.send("DELETE", `${v2}/users/delete`, { username: "eve" });
    expect((await by(token).get("/version")).status).toBe(401);
    await makeUsers(app, ["eve"]);
    expect((await as(app, "eve").get("/version")).status).toBe(200);
    expect((await by(token).get("/version")).status).toBe(401);
  });
});

it("is not there where nobody signs in", async () => {
  forget(basicSettings);
  const open = await startApp({ MLFLOW_FUNCTIONS_AUTH: "none" });
  try {
    expect((await open.get(`${tokens}/list`)).status).toBe(404);
    expect((await asAdmin(open).get("/version")).status).toBe(200);
  } finally {
    await open.close();
    delete process.env.MLFLOW_FUNCTIONS_AUTH;
  }
});
