/** How callers sign in with a name and a password. */
import { randomUUID } from "node:crypto";
import { type Caller, kindOf, users } from "./callers.ts";
import { type Api, type Grant, type SignIns, v2, v3 } from "./world.ts";

const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});

/**
 * Users and grants are made through the API.
 * @param word what sets these users apart from those of other scenarios on the same server
 */
export function basicSignIns(admin: { name: string; password: string }, word: string) {
  const password = "a password of 1234";
  const nameOf = (caller: Caller) =>
    kindOf(caller).signIn === "user" ? `${caller.replaceAll(/\W+/g, "-")}-${word}` : admin.name;
  const signIns: SignIns = {
    nameOf,
    headers(caller) {
      const { signIn } = kindOf(caller);
      if (signIn === "none") return {};
      // From an address of their own, since those who fail often are slowed.
      if (signIn === "wrong") return { ...basic(admin.name, "not the password"), "x-forwarded-for": randomUUID() };
      return signIn === "admin" ? basic(admin.name, admin.password) : basic(nameOf(caller), password);
    },
    async aUser(world) {
      const username = world.unique("user");
      await world.do(`POST ${v2}/users/create`, { body: { username, password } });
      return username;
    },
    grant: grantThroughApi,
    async addUsers(world) {
      for (const caller of users)
        await world.do(`POST ${v2}/users/create`, { body: { username: nameOf(caller), password } });
    },
  };
  return { ...signIns, password };
}

async function grantThroughApi(this: SignIns, world: Api, caller: Caller, grants: Grant[]): Promise<void> {
  const username = this.nameOf(caller);
  // A direct grant can't be on the workspace, nor on all of a sub-type.
  const onAll = grants.filter(({ id }) => id === "*");
  if (onAll.length > 0) await grantByRole(world, username, onAll);
  for (const { type, id, permission } of grants.filter((grant) => !onAll.includes(grant)))
    await world.do(`POST ${v3}/users/permissions/grant`, {
      body: { username, resource_type: type, resource_id: id, permission },
    });
}

async function grantByRole(world: Api, username: string, grants: Grant[]): Promise<void> {
  const { role } = await world.do(`POST ${v3}/roles/create`, {
    body: { workspace: "default", name: world.unique("role") },
  });
  const role_id = role.id;
  for (const { type, id, permission } of grants)
    await world.do(`POST ${v3}/roles/permissions/add`, {
      body: { role_id, resource_type: type, resource_pattern: id, permission },
    });
  await world.do(`POST ${v3}/roles/assign`, { body: { role_id, username } });
}
