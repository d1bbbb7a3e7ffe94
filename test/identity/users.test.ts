/** Users, roles and grants, as clients and the page's account and admin pages change them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { as, codeOf, experimentOf, makeUsers, password, type SignedIn, signedInApp } from "./signed-in.ts";

let site: Awaited<ReturnType<typeof signedInApp>>;
let app: App;
let admin: SignedIn;
let users: Record<string, SignedIn>;

beforeAll(async () => {
  site = await signedInApp(["alice", "bob", "carol", "dave"]);
  ({ app, admin, users } = site);
});

afterAll(() => site.close());

const v2 = "/api/2.0/mlflow/users";
const v3 = "/api/3.0/mlflow/users";
const roles = "/api/3.0/mlflow/roles";

describe("users", () => {
  it("are made by an admin, and sign in", async () => {
    const { status, body } = await admin.send("POST", `${v2}/create`, { username: "erin", password });
    expect([status, body]).toEqual([200, { user: { id: expect.any(Number), username: "erin", is_admin: false } }]);
    expect((await as(app, "erin").get(`${v2}/current`)).body).toEqual({
      user: { id: body.user.id, username: "erin", is_admin: false },
      is_basic_auth: true,
    });
  });

  it.each([
    ["a name that is taken", { username: "alice", password }, "RESOURCE_ALREADY_EXISTS"],
    ["a short password", { username: "new", password: "short" }, "INVALID_PARAMETER_VALUE"],
    ["no password", { username: "new" }, "INVALID_PARAMETER_VALUE"],
    ["a name that could not sign in", { username: "a:b", password }, "INVALID_PARAMETER_VALUE"],
    ["a name with spaces around it", { username: " a ", password }, "INVALID_PARAMETER_VALUE"],
  ])("are not made with %s", async (_, body, code) => {
    expect(codeOf(await admin.send("POST", `${v2}/create`, body))).toEqual([400, code]);
  });

  it("are made by nobody else", async () => {
    expect((await users.alice!.send("POST", `${v2}/create`, { username: "mallory", password })).status).toBe(403);
  });

  it("are told of themselves alone", async () => {
    expect((await users.alice!.get(`${v2}/get`, { username: "alice" })).status).toBe(200);
    expect((await users.alice!.get(`${v2}/get`, { username: "bob" })).status).toBe(403);
    expect((await users.alice!.get(`${v2}/get`, { username: "nobody" })).status).toBe(403);
    expect(codeOf(await admin.get(`${v2}/get`, { username: "nobody" }))).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
    const { body } = await users.alice!.get(`${v2}/list`);
    expect(body.users.map(({ username }: { username: string }) => username)).toEqual(["alice"]);
    expect((await admin.get(`${v2}/list`)).body.users.length).toBeGreaterThan(4);
  });

  it("change their own password with the one they have", async () => {
    const own = { username: "carol", password: "another password" };
    expect(codeOf(await users.carol!.send("PATCH", `${v2}/update-password`, own))).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
    ]);
    const wrong = { ...own, current_password: "not the password" };
    expect((await users.carol!.send("PATCH", `${v2}/update-password`, wrong)).status).toBe(400);
    expect((await users.alice!.send("PATCH", `${v2}/update-password`, own)).status).toBe(403);
    expect(
      (await users.carol!.send("PATCH", `${v2}/update-password`, { ...own, current_password: password })).status,
    ).toBe(200);
    expect((await users.carol!.get("/version")).status).toBe(401);
    expect((await as(app, "carol", own.password).get("/version")).status).toBe(200);
  });

  it("become admins and cease to be, but for the last", async () => {
    const change = (username: string, is_admin: unknown) =>
      admin.send("PATCH", `${v2}/update-admin`, { username, is_admin });
    expect((await change("dave", true)).status).toBe(200);
    expect((await users.dave!.get(`${v2}/current`)).body.user.is_admin).toBe(true);
    expect(codeOf(await change("dave", "false"))).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    const both = await Promise.all([
      change("dave", false),
      users.dave!.send("PATCH", `${v2}/update-admin`, { username: "admin", is_admin: false }),
    ]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
    await app.db.query("UPDATE users SET is_admin = username = 'admin'");
    expect((await admin.send("PATCH", `${v2}/update-admin`, { username: "alice", is_admin: false })).status).toBe(200);
    expect(codeOf(await change("admin", false))).toEqual([400, "BAD_REQUEST"]);
  });

  it("are deleted with what is granted to them, and not by themselves", async () => {
    await makeUsers(app, ["gone"]);
    expect((await as(app, "gone").get("/version")).status).toBe(200);
    const grant = { username: "gone", resource_type: "experiment", resource_id: "0", permission: "EDIT" };
    expect((await admin.send("POST", `${v3}/permissions/grant`, grant)).status).toBe(200);
    await app.db.query(
      "INSERT INTO scorer_permissions (experiment_id, scorer_name, user_id) SELECT '0', 's', id FROM users WHERE username = 'gone'",
    );
    expect(codeOf(await admin.send("DELETE", `${v2}/delete`, { username: "admin" }))).toEqual([400, "BAD_REQUEST"]);
    expect((await admin.send("DELETE", `${v2}/delete`, { username: "gone" })).status).toBe(200);
    expect((await as(app, "gone").get("/version")).status).toBe(401);
    const { rows } = await app.db.query(
      "SELECT FROM roles r WHERE starts_with(r.name, '__user_') AND NOT EXISTS (SELECT FROM users u WHERE r.name = '__user_' || u.id || '__')",
    );
    expect(rows).toEqual([]);
  });
});

describe("grants", () => {
  it("are given and taken by who manages the resource, and by admins", async () => {
    const id = await experimentOf(users.alice!, "alice's");
    const read = () =>
      users.bob!.send("POST", "/api/2.0/mlflow/experiments/set-experiment-tag", {
        experiment_id: id,
        key: "k",
        value: "v",
      });
    const on = { username: "bob", resource_type: "experiment", resource_id: id };
    expect((await read()).status).toBe(403);
    expect((await users.bob!.send("POST", `${v3}/permissions/grant`, { ...on, permission: "EDIT" })).status).toBe(403);
    expect((await users.alice!.send("POST", `${v3}/permissions/grant`, { ...on, permission: "EDIT" })).status).toBe(
      200,
    );
    expect((await read()).status).toBe(200);
    expect(codeOf(await users.alice!.send("POST", `${v3}/permissions/grant`, { ...on, permission: "READ" }))).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
    ]);
    expect((await users.bob!.get(`${v3}/permissions/get`, on)).body).toEqual({ allowed: true, permission: "EDIT" });
    expect((await users.alice!.send("POST", `${v3}/permissions/revoke`, on)).status).toBe(200);
    expect((await read()).status).toBe(403);
    expect(codeOf(await admin.send("POST", `${v3}/permissions/revoke`, on))).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
    expect((await users.bob!.get(`${v3}/permissions/get`, on)).body).toEqual({ allowed: false, permission: "READ" });
  });

  it("on all of a type are the managers' to give", async () => {
    const all = { username: "bob", resource_type: "run", resource_id: "*", permission: "DENY" };
    expect((await users.alice!.send("POST", `${v3}/permissions/grant`, all)).status).toBe(403);
    expect((await admin.send("POST", `${v3}/permissions/grant`, all)).status).toBe(200);
    expect((await admin.send("POST", `${v3}/permissions/revoke`, all)).status).toBe(200);
  });

  it.each([
    ["an unknown type", "nothing", "1", "READ"],
    ["an unknown permission", "experiment", "1", "OWN"],
    ["no permission", "experiment", "1", "NO_PERMISSIONS"],
    ["one of a type that has only all", "run", "1", "READ"],
    ["an experiment that is no number", "experiment", "one", "READ"],
    ["the workspace", "workspace", "*", "USE"],
    ["a scorer without an experiment", "scorer", "s", "READ"],
    ["a skill's use", "skill", "s", "USE"],
  ])("are refused for %s", async (_, resource_type, resource_id, permission) => {
    const given = { username: "bob", resource_type, resource_id, permission };
    expect(codeOf(await admin.send("POST", `${v3}/permissions/grant`, given))).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
    ]);
  });

  it("for kinds that are not served are given back as they are, and ids in one spelling", async () => {
    const grant = (resource_type: string, resource_id: string) =>
      admin.send("POST", `${v3}/permissions/grant`, {
        username: "bob",
        resource_type,
        resource_id,
        permission: "READ",
      });
    const name = "m".repeat(256);
    for (const [type, id] of [
      ["gateway_secret", "s-1"],
      ["skill", "@org/name"],
      ["scorer", "01/a%2Fb"],
      ["experiment", "007"],
      ["registered_model", name],
    ] as const)
      expect([type, (await grant(type, id)).status]).toEqual([type, 200]);
    const { body } = await users.bob!.get(`${v3}/permissions/list`, { username: "bob" });
    expect(body.is_admin).toBe(false);
    expect(
      body.permissions.map((each: Record<string, unknown>) => [each.resource_type, each.resource_pattern]),
    ).toEqual([
      ["gateway_secret", "s-1"],
      ["skill", "@org/name"],
      ["scorer", "1/a%2Fb"],
      ["experiment", "7"],
      ["registered_model", name],
    ]);
    expect(body.permissions[0]).toEqual({
      role_id: expect.any(Number),
      role_name: expect.stringMatching(/^__user_\d+__$/),
      workspace: "default",
      resource_type: "gateway_secret",
      resource_pattern: "s-1",
      permission: "READ",
    });
    expect((await users.bob!.get(`${v3}/current/permissions`)).body).toEqual(body);
    expect((await users.alice!.get(`${v3}/permissions/list`, { username: "bob" })).status).toBe(403);
  });
});

it("is not there where nobody signs in", async () => {
  const open = await startApp({ MLFLOW_FUNCTIONS_AUTH: "" });
  for (const path of [`${v2}/current`, `${v2}/get`, `${v2}/list`, `${roles}/list`])
    expect([path, ...codeOf(await open.get(path))]).toEqual([path, 404, "ENDPOINT_NOT_FOUND"]);
  await open.close();
});
