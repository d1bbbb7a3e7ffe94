import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import { canonicalPattern, checkPermission } from "../../shared/roles/rules.ts";
import * as store from "../../shared/roles/store.ts";
import { seenBy, unseen } from "./roles.ts";
import type { AddPermission, PermissionById, RoleById, UpdatePermission } from "./schemas.ts";

export async function addPermission(input: z.output<typeof AddPermission>, { db }: Context) {
  const permission = checkPermission(input.permission, input.resource_type);
  const pattern = canonicalPattern(input.resource_type, input.resource_pattern);
  const added = await store.addPermission(db, input.role_id, { type: input.resource_type, pattern, permission });
  return `{"role_permission":${added}}`;
}

export async function updatePermission(input: z.output<typeof UpdatePermission>, { db }: Context) {
  const { role_permission_id: id } = input;
  const permission = checkPermission(input.permission, await store.permissionType(db, id));
  const updated = await store.updatePermission(db, id, permission);
  return `{"role_permission":${updated}}`;
}

export async function removePermission(input: z.output<typeof PermissionById>, { db }: Context) {
  await store.removePermission(db, input.role_permission_id);
  return {};
}

export async function listPermissions({ role_id: id }: z.output<typeof RoleById>, context: Context) {
  const permissions = await store.listPermissions(context.db, id, seenBy(context));
  if (permissions === undefined) throw unseen(context, id);
  return `{"role_permissions":${permissions}}`;
}
