import type { z } from "zod";
import { denied, invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { roleErrors } from "../../shared/roles/errors.ts";
import { checkRoleDescription, checkRoleName } from "../../shared/roles/rules.ts";
import * as store from "../../shared/roles/store.ts";
import { rolesOf } from "../../shared/users/subjects.ts";
import type { CreateRole, ListRoles, RoleById, UpdateRole } from "./schemas.ts";

/** Who does not manage the workspace sees the roles that they have: others' roles tell what others may. */
export const seenBy = ({ caller: { user }, db }: Context): store.Seen =>
  user.access.isManager ? "all" : rolesOf(db, user.name);

/** What is not seen: absent to who sees all, refused to others. */
export const unseen = ({ caller }: Context, roleId: number) =>
  caller.user.access.isManager ? roleErrors.notFound(roleId) : denied();

export async function createRole(input: z.output<typeof CreateRole>, { db }: Context) {
  const { name = "", workspace = "", description } = input;
  checkRoleName(name);
  if (workspace.trim() === "") throw invalid("Workspace cannot be empty.");
  if (workspace !== db.scope.workspace)
    throw invalid(`This server has one workspace, '${db.scope.workspace}', and roles of no other.`);
  checkRoleDescription(description);
  return `{"role":${await store.createRole(db, { name, workspace, description })}}`;
}

export async function getRole({ role_id: id }: z.output<typeof RoleById>, context: Context) {
  const role = await store.findRole(context.db, id, seenBy(context));
  if (role === undefined) throw unseen(context, id);
  return `{"role":${role}}`;
}

export async function listRoles({ workspace }: z.output<typeof ListRoles>, context: Context) {
  const { user } = context.caller;
  if (workspace.some((name) => name.trim() === ""))
    throw invalid("Parameter 'workspace' must be a non-empty string when provided.");
  if (workspace.length === 0 && !user.access.isAdmin) throw denied();
  const roles = await store.listRoles(context.db, workspace, seenBy(context));
  const isForeign = workspace.some((name) => name !== context.db.scope.workspace);
  if (!user.access.isManager && (isForeign || roles === "[]")) throw denied();
  return `{"roles":${roles}}`;
}

export async function updateRole(input: z.output<typeof UpdateRole>, { db }: Context) {
  const { role_id: id, name, description } = input;
  if (name === undefined && description === undefined)
    throw invalid("At least one of 'name' or 'description' must be provided to update a role.");
  if (name !== undefined) checkRoleName(name);
  checkRoleDescription(description);
  return `{"role":${await store.updateRole(db, id, { name, description })}}`;
}

export async function deleteRole({ role_id: id }: z.output<typeof RoleById>, { db }: Context) {
  await store.deleteRole(db, id);
  return {};
}
