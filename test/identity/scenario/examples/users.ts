/** Users, roles and grants. */
import type { Example, Given } from "../example.ts";
import { v2, v3 } from "../world.ts";

const password = "another password 1234";
const editor = ({ world }: Given) => world.signIns.nameOf("editor");
const oneself = ({ world, caller }: Given) => world.signIns.nameOf(caller);

const aUser = ({ world }: Given) => world.signIns.aUser(world);

async function aRole({ world }: Given): Promise<number> {
  const { role } = await world.do(`POST ${v3}/roles/create`, {
    body: { workspace: "default", name: world.unique("role") },
  });
  return role.id;
}

async function aPermission(it: Given): Promise<number> {
  const { role_permission } = await it.world.do(`POST ${v3}/roles/permissions/add`, {
    body: { role_id: await aRole(it), resource_type: "experiment", resource_pattern: "*", permission: "READ" },
  });
  return role_permission.id;
}

const ofUsers: Example[] = [
  { at: `POST ${v2}/users/create`, ask: ({ world }) => ({ body: { username: world.unique("user"), password } }) },
  { at: `GET ${v2}/users/get`, names: "editor", ask: (it) => ({ query: { username: editor(it) } }) },
  { at: `GET ${v2}/users/get`, of: "oneself", names: "oneself", ask: (it) => ({ query: { username: oneself(it) } }) },
  { at: `GET ${v2}/users/current`, ask: () => ({}) },
  { at: `GET ${v2}/users/list`, ask: () => ({}) },
  {
    at: `PATCH ${v2}/users/update-password`,
    ask: async (it) => ({ body: { username: await aUser(it), password: `${password}5` } }),
  },
  {
    at: `PATCH ${v2}/users/update-admin`,
    ask: async (it) => ({ body: { username: await aUser(it), is_admin: true } }),
  },
  { at: `DELETE ${v2}/users/delete`, ask: async (it) => ({ body: { username: await aUser(it) } }) },
];

const ofGrants: Example[] = [
  { at: `GET ${v3}/users/current/permissions`, ask: () => ({}) },
  { at: `GET ${v3}/users/permissions/list`, names: "editor", ask: (it) => ({ query: { username: editor(it) } }) },
  { at: `GET ${v3}/users/roles/list`, names: "editor", ask: (it) => ({ query: { username: editor(it) } }) },
  {
    at: `POST ${v3}/users/permissions/grant`,
    ask: async (it) => ({
      body: {
        username: await aUser(it),
        resource_type: "experiment",
        resource_id: it.own.experiment,
        permission: "READ",
      },
    }),
  },
  {
    at: `POST ${v3}/users/permissions/grant`,
    of: "on all",
    owner: "nobody",
    ask: async (it) => ({
      body: { username: await aUser(it), resource_type: "experiment", resource_id: "*", permission: "READ" },
    }),
  },
  {
    at: `POST ${v3}/users/permissions/revoke`,
    async ask(it) {
      const grant = { username: await aUser(it), resource_type: "experiment", resource_id: it.own.experiment };
      await it.world.do(`POST ${v3}/users/permissions/grant`, { body: { ...grant, permission: "READ" } });
      return { body: grant };
    },
  },
  {
    at: `GET ${v3}/users/permissions/get`,
    names: "editor",
    ask: (it) => ({
      query: { username: editor(it), resource_type: "experiment", resource_id: it.own.experiment },
    }),
  },
];

const ofRoles: Example[] = [
  {
    at: `POST ${v3}/roles/create`,
    ask: ({ world }) => ({ body: { workspace: "default", name: world.unique("role") } }),
  },
  { at: `GET ${v3}/roles/get`, ask: async (it) => ({ query: { role_id: String(await aRole(it)) } }) },
  {
    at: `GET ${v3}/roles/list`,
    shows: { noun: "granted model" },
    hole: {
      why: "Stock shows what is granted to each user to whoever has signed in.",
      caller: "other's manager",
      stock: "200 sees own, other",
      ours: "200 sees other",
    },
    ask: () => ({ query: { workspace: "default" } }),
  },
  { at: `GET ${v3}/roles/list`, of: "unscoped", needs: "admin", ask: () => ({}) },
  { at: `PATCH ${v3}/roles/update`, ask: async (it) => ({ body: { role_id: await aRole(it), description: "new" } }) },
  { at: `DELETE ${v3}/roles/delete`, ask: async (it) => ({ body: { role_id: await aRole(it) } }) },
  {
    at: `POST ${v3}/roles/permissions/add`,
    ask: async (it) => ({
      body: { role_id: await aRole(it), resource_type: "experiment", resource_pattern: "*", permission: "READ" },
    }),
  },
  {
    at: `PATCH ${v3}/roles/permissions/update`,
    ask: async (it) => ({ body: { role_permission_id: await aPermission(it), permission: "EDIT" } }),
  },
  {
    at: `DELETE ${v3}/roles/permissions/remove`,
    ask: async (it) => ({ body: { role_permission_id: await aPermission(it) } }),
  },
  { at: `GET ${v3}/roles/permissions/list`, ask: async (it) => ({ query: { role_id: String(await aRole(it)) } }) },
  {
    at: `POST ${v3}/roles/assign`,
    ask: async (it) => ({ body: { role_id: await aRole(it), username: await aUser(it) } }),
  },
  {
    at: `DELETE ${v3}/roles/unassign`,
    async ask(it) {
      const body = { role_id: await aRole(it), username: await aUser(it) };
      await it.world.do(`POST ${v3}/roles/assign`, { body });
      return { body };
    },
  },
  { at: `GET ${v3}/roles/users/list`, ask: async (it) => ({ query: { role_id: String(await aRole(it)) } }) },
];

export const userExamples = [...ofUsers, ...ofGrants, ...ofRoles];
