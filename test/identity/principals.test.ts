/** Grants to users, groups and app roles of Entra, by the routes that change those of basic users. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { forget } from "./signed-in.ts";

let app: App;
let authority: Authority;
let settings: Record<string, string>;
const group = crypto.randomUUID();

interface Bearer {
  key: string;
  get(path: string, query?: Record<string, string>): ReturnType<App["request"]>;
  send(method: string, path: string, body: unknown): ReturnType<App["request"]>;
}

async function bearer(roles: string[], groups: string[] = []): Promise<Bearer> {
  const oid = crypto.randomUUID();
  const token = await authority.userToken({
    oid,
    roles,
    groups,
    preferred_username: `${oid.slice(0, 8)}@contoso.example`,
  });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return {
    key: `user:${authority.tenant}:${oid}`,
    get: (path, query = {}) => app.request("GET", `${path}?${new URLSearchParams(query)}`, { headers }),
    send: (method, path, body) => app.request(method, path, { headers, body: JSON.stringify(body) }),
  };
}

const v2 = "/api/2.0/mlflow";
const v3 = "/api/3.0/mlflow";
let admin: Bearer;
let editor: Bearer;

beforeAll(async () => {
  authority = await anAuthority();
  settings = {
    MLFLOW_FUNCTIONS_AUTH: "entra,basic",
    ...authority.settings,
    MLFLOW_AUTH_ADMIN_PASSWORD: "the admin's password",
  };
  app = await startApp(settings);
  admin = await bearer(["Admin"]);
  editor = await bearer(["Editor"]);
});

afterAll(async () => {
  await app.close();
  await authority.close();
  forget(settings);
});

const experimentOf = async (who: Bearer, name: string) =>
  (await who.send("POST", `${v2}/experiments/create`, { name })).body.experiment_id as string;
const grant = (who: Bearer, username: string, resource_id: string, permission: string, resource_type = "experiment") =>
  who.send("POST", `${v3}/users/permissions/grant`, { username, resource_type, resource_id, permission });
const revoke = (username: string, resource_id: string) =>
  admin.send("POST", `${v3}/users/permissions/revoke`, { username, resource_type: "experiment", resource_id });
const read = (who: Bearer, experiment_id: string) => who.get(`${v2}/experiments/get`, { experiment_id });

describe("a principal", () => {
  it("who creates something manages it", async () => {
    const id = await experimentOf(editor, "the editor's");
    const other = await bearer(["Editor"]);
    expect((await other.send("POST", `${v2}/experiments/delete`, { experiment_id: id })).status).toBe(403);
    expect((await grant(editor, other.key, id, "MANAGE")).status).toBe(200);
    expect((await other.send("POST", `${v2}/experiments/delete`, { experiment_id: id })).status).toBe(200);
  });

  it("who is a reader creates nothing, and changes nothing", async () => {
    const reader = await bearer(["Reader"]);
    const id = await experimentOf(admin, "read only");
    expect((await reader.send("POST", `${v2}/experiments/create`, { name: "not made" })).status).toBe(403);
    expect((await reader.send("POST", `${v2}/registered-models/create`, { name: "not made" })).status).toBe(403);
    expect((await reader.send("POST", `${v2}/runs/create`, { experiment_id: id })).status).toBe(403);
    expect((await read(reader, id)).status).toBe(200);
  });

  it("is told who it is, and is no basic user", async () => {
    await editor.get("/version");
    expect((await editor.get(`${v2}/users/current`)).body).toEqual({
      user: { id: expect.any(Number), username: editor.key, is_admin: false },
      is_basic_auth: false,
    });
    expect((await admin.get(`${v2}/users/current`)).body.user.is_admin).toBe(true);
    expect((await editor.get(`${v2}/users/list`)).body.users).toHaveLength(1);
  });
});

describe("a grant", () => {
  it("lets in who has nothing else, and ends with it", async () => {
    const id = await experimentOf(admin, "granted to one");
    const guest = await bearer([]);
    expect((await read(guest, id)).status).toBe(403);
    // Nobody is known before they have signed in with something granted, so a group is named here.
    const member = await bearer([], [group]);
    expect((await grant(admin, `group:${authority.tenant}:${group}`, id, "EDIT")).status).toBe(200);
    expect((await read(member, id)).status).toBe(200);
    expect((await member.send("POST", `${v2}/runs/create`, { experiment_id: id })).status).toBe(200);
    expect((await member.send("POST", `${v2}/experiments/create`, { name: "by a member" })).status).toBe(403);
    expect((await read(guest, id)).status).toBe(403);
    const found = await member.send("POST", `${v2}/experiments/search`, { max_results: 1000 });
    expect(found.body.experiments.map((each: { experiment_id: string }) => each.experiment_id)).toEqual([id]);
    expect((await revoke(`group:${authority.tenant}:${group}`, id)).status).toBe(200);
    expect((await read(member, id)).status).toBe(403);
  });

  it("is on a user by the name that lists show", async () => {
    const reader = await bearer(["Reader"]);
    await read(reader, "0");
    const { body } = await admin.get(`${v2}/users/list`);
    const listed = body.users.find(({ username }: { username: string }) => username.includes(reader.key));
    expect(listed.username).toMatch(/^[0-9a-f]{8}@contoso\.example \(user:/);
    const id = await experimentOf(admin, "granted by a shown name");
    expect((await grant(admin, listed.username, id, "EDIT")).status).toBe(200);
    expect((await reader.send("POST", `${v2}/runs/create`, { experiment_id: id })).status).toBe(200);
    const permissions = await admin.get(`${v3}/users/permissions/list`, { username: listed.username });
    expect(permissions.body.permissions).toEqual([
      {
        role_id: expect.any(Number),
        role_name: expect.stringMatching(/^__user_\d+__$/),
        workspace: "default",
        resource_type: "experiment",
        resource_pattern: id,
        permission: "EDIT",
      },
    ]);
    expect((await grant(admin, reader.key, id, "READ")).status).toBe(400);
    expect((await reader.get(`${v3}/users/permissions/list`, { username: reader.key })).body).toEqual(permissions.body);
  });

  it("denies by an app role", async () => {
    const id = await experimentOf(admin, "denied to contractors");
    const contractor = await bearer(["Reader", "Contractor"]);
    expect((await read(contractor, id)).status).toBe(200);
    expect((await grant(admin, "app-role:Contractor", id, "DENY")).status).toBe(200);
    expect((await read(contractor, id)).status).toBe(404);
  });

  it("follows a model that is renamed, and goes with it", async () => {
    await admin.send("POST", `${v2}/registered-models/create`, { name: "first name" });
    const member = await bearer([], [group]);
    const key = `group:${authority.tenant}:${group}`;
    expect((await grant(admin, key, "first name", "READ", "registered_model")).status).toBe(200);
    await admin.send("POST", `${v2}/registered-models/rename`, { name: "first name", new_name: "second name" });
    expect((await member.get(`${v2}/registered-models/get`, { name: "second name" })).status).toBe(200);
    await admin.send("DELETE", `${v2}/registered-models/delete`, { name: "second name" });
    await admin.send("POST", `${v2}/registered-models/create`, { name: "second name" });
    expect((await member.get(`${v2}/registered-models/get`, { name: "second name" })).status).toBe(403);
  });

  it("is refused for who is not known, and for what is no key", async () => {
    const unknown = `user:${authority.tenant}:${crypto.randomUUID()}`;
    for (const username of [unknown, "user:x:y", "nobody"])
      expect([username, (await grant(admin, username, "0", "READ")).status]).toEqual([username, 404]);
  });
});

it("a role is assigned to a group, and named with who has it", async () => {
  const { body } = await admin.send("POST", `${v3}/roles/create`, { name: "team", workspace: "default" });
  const role_id = body.role.id as number;
  const id = await experimentOf(admin, "the team's");
  await admin.send("POST", `${v3}/roles/permissions/add`, {
    role_id,
    resource_type: "experiment",
    resource_pattern: id,
    permission: "EDIT",
  });
  const team = crypto.randomUUID();
  const member = await bearer([], [team]);
  const username = `group:${authority.tenant}:${team}`;
  const assigned = await admin.send("POST", `${v3}/roles/assign`, { username, role_id });
  expect(assigned.body.assignment).toEqual({ id: expect.any(Number), user_id: expect.any(Number), role_id });
  expect((await admin.send("POST", `${v3}/roles/assign`, { username, role_id })).status).toBe(400);
  expect((await member.send("POST", `${v2}/runs/create`, { experiment_id: id })).status).toBe(200);
  expect((await admin.get(`${v3}/roles/users/list`, { role_id: `${role_id}` })).body.assignments).toEqual([
    assigned.body.assignment,
  ]);
  const roles = await admin.get(`${v3}/users/roles/list`, { username });
  expect(roles.body.roles.map(({ name }: { name: string }) => name)).toEqual(["team"]);
  expect((await admin.send("DELETE", `${v3}/roles/delete`, { role_id })).status).toBe(200);
  expect((await member.send("POST", `${v2}/runs/create`, { experiment_id: id })).status).toBe(403);
});
