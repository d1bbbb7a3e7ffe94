/** Roles, as clients and the page's admin page change them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeOf, experimentOf, password, type SignedIn, signedInApp } from "./signed-in.ts";

let site: Awaited<ReturnType<typeof signedInApp>>;
let admin: SignedIn;
let users: Record<string, SignedIn>;

beforeAll(async () => {
  site = await signedInApp(["alice", "bob", "carol", "dave"]);
  ({ admin, users } = site);
});

afterAll(() => site.close());

const v2 = "/api/2.0/mlflow/users";
const roles = "/api/3.0/mlflow/roles";

const created = async (name: string) =>
  (await admin.send("POST", `${roles}/create`, { name, workspace: "default" })).body.role;

describe("roles", () => {
  it("are made, changed and deleted by managers", async () => {
    const { status, body } = await admin.send("POST", `${roles}/create`, {
      name: "readers",
      workspace: "default",
      description: "Who reads",
    });
    expect([status, body.role]).toEqual([
      200,
      { id: expect.any(Number), name: "readers", workspace: "default", description: "Who reads", permissions: [] },
    ]);
    expect(codeOf(await admin.send("POST", `${roles}/create`, { name: "readers", workspace: "default" }))).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
    ]);
    const role_id = body.role.id;
    const updated = await admin.send("PATCH", `${roles}/update`, { role_id, name: "all readers" });
    expect(updated.body.role).toMatchObject({ name: "all readers", description: "Who reads" });
    expect((await users.alice!.send("DELETE", `${roles}/delete`, { role_id })).status).toBe(403);
    expect((await admin.send("DELETE", `${roles}/delete`, { role_id })).status).toBe(200);
    expect(codeOf(await admin.get(`${roles}/get`, { role_id }))).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
  });

  it.each([
    ["a reserved name", { name: "__user_1__", workspace: "default" }],
    ["no name", { name: " ", workspace: "default" }],
    ["no workspace", { name: "r" }],
    ["another workspace", { name: "r", workspace: "other" }],
  ])("are not made with %s", async (_, body) => {
    expect(codeOf(await admin.send("POST", `${roles}/create`, body))).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("give those who have them what they grant", async () => {
    const { id: role_id } = await created("editors");
    const experiment = await experimentOf(admin, "admin's");
    const added = await admin.send("POST", `${roles}/permissions/add`, {
      role_id,
      resource_type: "experiment",
      resource_pattern: experiment,
      permission: "EDIT",
    });
    expect(added.body.role_permission).toEqual({
      id: expect.any(Number),
      role_id,
      resource_type: "experiment",
      resource_pattern: experiment,
      permission: "EDIT",
    });
    const create = () => users.alice!.send("POST", "/api/2.0/mlflow/runs/create", { experiment_id: experiment });
    expect((await create()).status).toBe(403);
    const assigned = await admin.send("POST", `${roles}/assign`, { username: "alice", role_id });
    expect(assigned.body.assignment).toEqual({ id: expect.any(Number), user_id: expect.any(Number), role_id });
    expect(codeOf(await admin.send("POST", `${roles}/assign`, { username: "alice", role_id }))).toEqual([
      400,
      "RESOURCE_ALREADY_EXISTS",
    ]);
    expect((await create()).status).toBe(200);
    expect((await admin.get(`${roles}/users/list`, { role_id })).body.assignments).toEqual([assigned.body.assignment]);
    expect((await users.alice!.get(`${roles}/get`, { role_id })).body.role.permissions).toHaveLength(1);
    expect((await users.bob!.get(`${roles}/get`, { role_id })).status).toBe(403);
    const { id } = added.body.role_permission;
    const changed = await admin.send("PATCH", `${roles}/permissions/update`, {
      role_permission_id: id,
      permission: "DENY",
    });
    expect(changed.body.role_permission.permission).toBe("DENY");
    expect((await create()).status).not.toBe(200);
    expect((await admin.send("DELETE", `${roles}/permissions/remove`, { role_permission_id: id })).status).toBe(200);
    expect((await admin.get(`${roles}/permissions/list`, { role_id })).body.role_permissions).toEqual([]);
    expect((await admin.send("DELETE", `${roles}/unassign`, { username: "alice", role_id })).status).toBe(200);
    expect(codeOf(await admin.send("DELETE", `${roles}/unassign`, { username: "alice", role_id }))).toEqual([
      404,
      "RESOURCE_DOES_NOT_EXIST",
    ]);
  });

  it("are listed for those who have them: others' tell what others may", async () => {
    const { id: role_id } = await created("team");
    expect((await users.dave!.get(`${roles}/list`)).status).toBe(403);
    await admin.send("POST", `${roles}/assign`, { username: "dave", role_id });
    const names = async (who: SignedIn, query = {}) =>
      (await who.get(`${roles}/list`, query)).body.roles.map(({ name }: { name: string }) => name);
    expect(
      (await names(users.dave!, { workspace: "default" })).filter((name: string) => !name.startsWith("__user_")),
    ).toEqual(["team"]);
    expect((await users.dave!.get(`${roles}/list`, { workspace: "other" })).status).toBe(403);
    expect((await names(admin)).length).toBeGreaterThan(4);
  });

  it("make a manager of the workspace, who does all but an admin's own", async () => {
    const { id: role_id } = await created("managers");
    await admin.send("POST", `${roles}/permissions/add`, {
      role_id,
      resource_type: "workspace",
      resource_pattern: "*",
      permission: "MANAGE",
    });
    await admin.send("POST", `${roles}/assign`, { username: "dave", role_id });
    const { dave } = users as { dave: SignedIn };
    expect((await dave.send("POST", `${roles}/create`, { name: "by dave", workspace: "default" })).status).toBe(200);
    expect((await dave.send("POST", `${v2}/create`, { username: "by-dave", password })).status).toBe(200);
    expect((await dave.get(`${v2}/list`)).body.users.length).toBeGreaterThan(4);
    expect((await dave.send("DELETE", `${v2}/delete`, { username: "by-dave" })).status).toBe(403);
    expect((await dave.send("PATCH", `${v2}/update-admin`, { username: "dave", is_admin: true })).status).toBe(403);
    expect(
      (await dave.send("PATCH", `${v2}/update-password`, { username: "bob", password: "a password of dave's" })).status,
    ).toBe(403);
  });
});
