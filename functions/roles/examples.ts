/** One input of each route that sends SQL, for `npm run sql`. */

const role_id = 3;
const role_permission_id = 5;
const assignment = { username: "alice", role_id };
const found = [{ id: 7, isAdmin: false }];

export const examples = {
  "POST roles/create": { input: { name: "readers", workspace: "default", description: "Who reads" } },
  "GET roles/get": { input: { role_id } },
  "GET roles/list": { input: { workspace: ["default"] } },
  "PATCH roles/update": { input: { role_id, name: "all readers" } },
  "DELETE roles/delete": { input: { role_id } },
  "POST roles/permissions/add": {
    input: { role_id, resource_type: "experiment", resource_pattern: "1", permission: "EDIT" },
  },
  "PATCH roles/permissions/update": {
    input: { role_permission_id, permission: "READ" },
    rows: [[{ resource_type: "experiment" }]],
  },
  "DELETE roles/permissions/remove": { input: { role_permission_id } },
  "GET roles/permissions/list": { input: { role_id } },
  "POST roles/assign": { input: assignment, rows: [found] },
  "DELETE roles/unassign": { input: assignment, rows: [found] },
  "GET roles/users/list": { input: { role_id } },
};
