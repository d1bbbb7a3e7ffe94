/** What the audit log keeps of changes of roles, for those routes whose answers tell more than their inputs. */
import type { z } from "zod";
import type { Answer, Audited } from "../../shared/platform/http/route.ts";
import type { UpdateRole } from "./schemas.ts";

interface Permission {
  id: number;
  role_id: number;
  resource_type: string;
  resource_pattern: string;
  permission: string;
}

// The answers are JSON text as Postgres built it.
const read = <Read>(answer: Answer) => JSON.parse(answer as string) as Read;

export function roleCreated(_: unknown, answer: Answer): Audited {
  const { id, name } = read<{ role: { id: number; name: string } }>(answer).role;
  return { what: "role.created", of: String(id), detail: { name } };
}

export function roleUpdated({ role_id, name }: z.output<typeof UpdateRole>): Audited {
  return { what: "role.updated", of: String(role_id), ...(name !== undefined && { detail: { name } }) };
}

const permissionEvent = (what: string) => (_: unknown, answer: Answer) => {
  const { role_permission: granted } = read<{ role_permission: Permission }>(answer);
  const { id, role_id: role, resource_type: type, resource_pattern: resource, permission } = granted;
  return { what, of: String(id), detail: { role, type, resource, permission } };
};

export const permissionAdded = permissionEvent("role-permission.added");

export const permissionUpdated = permissionEvent("role-permission.updated");
