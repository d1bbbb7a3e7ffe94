/** One input of each route that sends SQL, for `npm run sql`. */

const username = "alice";
const password = "correct horse battery";
const resource = { username, resource_type: "experiment", resource_id: "1" };
const found = [{ id: 7, isAdmin: false }];
const stored = [{ id: 7, name: username, passwordHash: null, isAdmin: false, ownRole: 3, grants: [] }];
const locked = [
  { id: 1, username: "admin", isAdmin: true },
  { id: 7, username, isAdmin: false },
];

export const examples = {
  "POST users/create": { input: { username, password } },
  "GET users/get": { input: { username } },
  "GET users/current": { input: {}, rows: [found] },
  "GET users/list": { input: {} },
  "PATCH users/update-password": { input: { username, password }, rows: [stored] },
  "PATCH users/update-admin": { input: { username, is_admin: true }, rows: [locked] },
  "DELETE users/delete": { input: { username }, rows: [locked] },
  "GET users/current/permissions": { input: {} },
  "GET users/permissions/list": { input: { username }, rows: [found] },
  "GET users/permissions/get": { input: resource, rows: [found, stored] },
  "POST users/permissions/grant": { input: { ...resource, permission: "EDIT" }, rows: [found, [{ id: 3 }]] },
  "POST users/permissions/revoke": { input: resource, rows: [found, [{ id: 3 }]] },
  "GET users/roles/list": { input: { username }, rows: [found] },
};
