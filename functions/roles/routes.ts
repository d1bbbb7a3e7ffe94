import { changing } from "../../shared/access/rules.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { hasRole, manager, shown } from "../../shared/users/may.ts";
import { assignRole, listAssignments, unassignRole } from "./assignments.ts";
import { permissionAdded, permissionUpdated, roleCreated, roleUpdated } from "./audit.ts";
import { addPermission, listPermissions, removePermission, updatePermission } from "./permissions.ts";
import { createRole, deleteRole, getRole, listRoles, updateRole } from "./roles.ts";
import {
  AddPermission,
  Assignment,
  CreateRole,
  ListRoles,
  PermissionById,
  RoleById,
  UpdatePermission,
  UpdateRole,
} from "./schemas.ts";

const at = "3.0/mlflow/roles";

export default routes([
  { at: `POST ${at}/create`, input: CreateRole, may: manager, db: "statement", run: createRole, audit: roleCreated },
  { at: `GET ${at}/get`, input: RoleById, may: hasRole, db: "statement", run: getRole },
  { at: `GET ${at}/list`, input: ListRoles, may: shown, db: "statement", run: listRoles },
  { at: `PATCH ${at}/update`, input: UpdateRole, may: manager, db: "statement", run: updateRole, audit: roleUpdated },
  {
    at: `DELETE ${at}/delete`,
    input: RoleById,
    may: changing(manager),
    db: "statement",
    run: deleteRole,
    audit: ({ role_id }) => ({ what: "role.deleted", of: String(role_id) }),
  },
  {
    at: `POST ${at}/permissions/add`,
    input: AddPermission,
    may: changing(manager),
    db: "statement",
    run: addPermission,
    audit: permissionAdded,
  },
  {
    at: `PATCH ${at}/permissions/update`,
    input: UpdatePermission,
    may: changing(manager),
    db: "transaction",
    run: updatePermission,
    audit: permissionUpdated,
  },
  {
    at: `DELETE ${at}/permissions/remove`,
    input: PermissionById,
    may: changing(manager),
    db: "statement",
    run: removePermission,
    audit: ({ role_permission_id }) => ({ what: "role-permission.removed", of: String(role_permission_id) }),
  },
  { at: `GET ${at}/permissions/list`, input: RoleById, may: hasRole, db: "statement", run: listPermissions },
  {
    at: `POST ${at}/assign`,
    input: Assignment,
    may: changing(manager),
    db: "transaction",
    run: assignRole,
    audit: ({ role_id, username: user }) => ({ what: "role.granted", of: String(role_id), detail: { user } }),
  },
  {
    at: `DELETE ${at}/unassign`,
    input: Assignment,
    may: changing(manager),
    db: "transaction",
    run: unassignRole,
    audit: ({ role_id, username: user }) => ({ what: "role.revoked", of: String(role_id), detail: { user } }),
  },
  { at: `GET ${at}/users/list`, input: RoleById, may: manager, db: "statement", run: listAssignments },
]);
