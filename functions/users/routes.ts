import { changing } from "../../shared/access/rules.ts";
import { notImplemented } from "../../shared/platform/http/not-served.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { admin, anyone, manager, managesResource, self, selfOrManager } from "../../shared/users/may.ts";
import {
  getPermission,
  grantPermission,
  listCurrentPermissions,
  listPermissions,
  resourceOf,
  revokePermission,
} from "./permissions.ts";
import {
  CreateUser,
  GrantPermission,
  Nothing,
  OnResource,
  UpdateAdmin,
  UpdatePassword,
  UserByName,
} from "./schemas.ts";
import {
  createUser,
  deleteUser,
  getCurrentUser,
  getUser,
  listEveryone,
  listUserRoles,
  updateAdmin,
  updatePassword,
} from "./users.ts";

const v2 = "2.0/mlflow/users";
const v3 = "3.0/mlflow/users";

/** Accounts are made by admins; these are stock's forms for a browser. */
const forms = notImplemented(
  "There is no form to sign up: an admin makes users on the page's admin page, or by POST 2.0/mlflow/users/create.",
  "POST 2.0/mlflow/users/create-ui",
  { only: "api" },
);

const served = routes([
  {
    at: `POST ${v2}/create`,
    input: CreateUser,
    may: manager,
    db: "statement",
    run: createUser,
    audit: ({ username: of = "" }) => ({ what: "user.created", of }),
  },
  { at: `GET ${v2}/get`, input: UserByName, may: self, db: "statement", run: getUser },
  { at: `GET ${v2}/current`, input: Nothing, may: anyone, db: "statement", run: getCurrentUser },
  { at: `GET ${v2}/list`, input: Nothing, may: anyone, db: "statement", run: listEveryone },
  {
    at: `PATCH ${v2}/update-password`,
    input: UpdatePassword,
    may: changing(self),
    db: "statement",
    run: updatePassword,
    audit: ({ username: of }) => ({ what: "user.password-changed", of }),
  },
  {
    at: `PATCH ${v2}/update-admin`,
    input: UpdateAdmin,
    may: changing(admin),
    db: "transaction",
    run: updateAdmin,
    audit: ({ username: of, is_admin: admin = false }) => ({ what: "user.admin-changed", of, detail: { admin } }),
  },
  {
    at: `DELETE ${v2}/delete`,
    input: UserByName,
    may: changing(admin),
    db: "transaction",
    run: deleteUser,
    audit: ({ username: of }) => ({ what: "user.deleted", of }),
  },
  {
    at: `GET ${v3}/current/permissions`,
    input: Nothing,
    may: anyone,
    db: "statement",
    run: listCurrentPermissions,
  },
  { at: `GET ${v3}/permissions/list`, input: UserByName, may: selfOrManager, db: "statement", run: listPermissions },
  { at: `GET ${v3}/permissions/get`, input: OnResource, may: selfOrManager, db: "statement", run: getPermission },
  {
    at: `POST ${v3}/permissions/grant`,
    input: GrantPermission,
    may: changing(managesResource),
    db: "transaction",
    run: grantPermission,
    audit: (granted) => ({
      what: "permission.granted",
      of: resourceOf(granted),
      detail: { user: granted.username, permission: granted.permission },
    }),
  },
  {
    at: `POST ${v3}/permissions/revoke`,
    input: OnResource,
    may: changing(managesResource),
    db: "transaction",
    run: revokePermission,
    audit: (revoked) => ({
      what: "permission.revoked",
      of: resourceOf(revoked),
      detail: { user: revoked.username },
    }),
  },
  { at: `GET ${v3}/roles/list`, input: UserByName, may: selfOrManager, db: "statement", run: listUserRoles },
]);

export default [...served, ...forms];
