import { changing } from "../../shared/access/rules.ts";
import { notImplemented } from "../../shared/platform/http/not-served.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { admin, anyone, manager, managesResource, self, selfOrManager } from "../../shared/users/may.ts";
import {
  getPermission,
  grantPermission,
  listCurrentPermissions,
  listPermissions,
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
  { at: `POST ${v2}/create`, input: CreateUser, may: manager, db: "statement", run: createUser },
  { at: `GET ${v2}/get`, input: UserByName, may: self, db: "statement", run: getUser },
  { at: `GET ${v2}/current`, input: Nothing, may: anyone, db: "statement", run: getCurrentUser },
  { at: `GET ${v2}/list`, input: Nothing, may: anyone, db: "statement", run: listEveryone },
  {
    at: `PATCH ${v2}/update-password`,
    input: UpdatePassword,
    may: changing(self),
    db: "statement",
    run: updatePassword,
  },
  { at: `PATCH ${v2}/update-admin`, input: UpdateAdmin, may: changing(admin), db: "transaction", run: updateAdmin },
  { at: `DELETE ${v2}/delete`, input: UserByName, may: changing(admin), db: "transaction", run: deleteUser },
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
  },
  {
    at: `POST ${v3}/permissions/revoke`,
    input: OnResource,
    may: changing(managesResource),
    db: "transaction",
    run: revokePermission,
  },
  { at: `GET ${v3}/roles/list`, input: UserByName, may: selfOrManager, db: "statement", run: listUserRoles },
]);

export default [...served, ...forms];
