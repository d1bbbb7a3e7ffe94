import type { z } from "zod";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { suffices } from "../../shared/platform/identity/access.ts";
import { canonicalPattern, checkPermission, checkResourceType } from "../../shared/roles/rules.ts";
import { accessOf } from "../../shared/users/access.ts";
import { userErrors } from "../../shared/users/errors.ts";
import * as store from "../../shared/users/grants.ts";
import { listRolesOf } from "../../shared/users/lists.ts";
import { resourceKeys } from "../../shared/users/may.ts";
import { findSubject } from "../../shared/users/subjects.ts";
import type { GrantPermission, Nothing, OnResource, UserByName } from "./schemas.ts";

interface Role {
  id: number;
  name: string;
  workspace: string;
  permissions: { resource_type: string; resource_pattern: string; permission: string }[];
}

/** Every grant of someone's roles, with the role that it comes from. */
async function permissionsOf(name: string, { db }: Context) {
  const roles = JSON.parse(await listRolesOf(db, name)) as Role[];
  return roles.flatMap(({ id, name: roleName, workspace, permissions }) =>
    permissions.map(({ resource_type, resource_pattern, permission }) => {
      return { role_id: id, role_name: roleName, workspace, resource_type, resource_pattern, permission };
    }),
  );
}

export async function listCurrentPermissions(_: z.output<typeof Nothing>, context: Context) {
  const { user } = context.caller;
  return { is_admin: user.access.isAdmin, permissions: await permissionsOf(user.name, context) };
}

export async function listPermissions({ username }: z.output<typeof UserByName>, context: Context) {
  const subject = await findSubject(context.db, username);
  const isAdmin = "user" in subject && subject.isAdmin;
  return { is_admin: isAdmin, permissions: await permissionsOf(username, context) };
}

/** What is on the workspace as a whole is given by roles. */
function checkGranted({ resource_type: type, resource_id: id }: { resource_type: string; resource_id: string }) {
  if (type === "workspace")
    throw invalid(
      "The resource type 'workspace' can't be granted to a user directly: add it to a role, and assign that.",
    );
  checkResourceType(type);
  return { type, pattern: canonicalPattern(type, id) };
}

export async function grantPermission(input: z.output<typeof GrantPermission>, { db }: Context) {
  const { type, pattern } = checkGranted(input);
  const permission = checkPermission(input.permission, type);
  const subject = await findSubject(db, input.username);
  if (!(await store.grant(db, subject, { type, pattern, permission })))
    throw userErrors.grantExists(type, pattern, input.username);
  return {};
}

/** How the audit log names a resource: `experiment/7`. */
export const resourceOf = ({ resource_type: type, resource_id: id }: z.output<typeof OnResource>): string =>
  `${type}/${canonicalPattern(type, id)}`;

export async function revokePermission(input: z.output<typeof OnResource>, { db }: Context) {
  const { type, pattern } = checkGranted(input);
  const subject = await findSubject(db, input.username);
  if (!(await store.revoke(db, subject, type, pattern))) throw userErrors.grantNotFound(type, pattern, input.username);
  return {};
}

/** What someone may with a resource. `allowed` means to use it, which is more than to read it. */
export async function getPermission(input: z.output<typeof OnResource>, { db, config }: Context) {
  checkGranted(input);
  const access = await accessOf(db, await findSubject(db, input.username), config);
  const permission = access.permissionOn(...resourceKeys(input));
  return { allowed: permission !== "DENY" && suffices(permission, "use"), permission };
}
