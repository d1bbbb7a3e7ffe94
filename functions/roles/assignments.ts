import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/roles/assignments.ts";
import { findSubject } from "../../shared/users/subjects.ts";
import type { Assignment, RoleById } from "./schemas.ts";

export async function assignRole({ username, role_id: id }: z.output<typeof Assignment>, { db }: Context) {
  const assignment = await store.assignRole(db, await findSubject(db, username), id, username);
  return `{"assignment":${assignment}}`;
}

export async function unassignRole({ username, role_id: id }: z.output<typeof Assignment>, { db }: Context) {
  await store.unassignRole(db, await findSubject(db, username), id, username);
  return {};
}

export async function listAssignments({ role_id: id }: z.output<typeof RoleById>, { db }: Context) {
  return `{"assignments":${await store.listAssignments(db, id)}}`;
}
