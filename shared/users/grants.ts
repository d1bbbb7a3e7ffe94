/** What is granted to someone directly: on a basic user's own role, or in our table of principals. */
import type { Db } from "../platform/db/database.ts";
import { raw, sql } from "../platform/db/sql.ts";
import type { NewPermission } from "../roles/store.ts";
import { makeOwnRole } from "./store.ts";
import type { Subject } from "./subjects.ts";

/** Where grants on a subject lie, and under which of a column's values. */
async function placeOf(db: Db, subject: Subject) {
  if ("principal" in subject)
    return {
      table: raw(db.scope.principals!.principal_permissions),
      holder: sql`principal`,
      of: sql`${subject.principal}`,
    };
  const role = await makeOwnRole(db, subject.user);
  return role === undefined ? undefined : { table: sql`role_permissions`, holder: sql`role_id`, of: sql`${role}::int` };
}

/** @returns whether it was granted: nothing was on that resource before */
export async function grant(db: Db, subject: Subject, { type, pattern, permission }: NewPermission): Promise<boolean> {
  const place = await placeOf(db, subject);
  if (!place) return false;
  const granted = await db.query(sql`
    INSERT INTO ${place.table} (${place.holder}, resource_type, resource_pattern, permission)
    VALUES (${place.of}, ${type}, ${pattern}, ${permission})
    ON CONFLICT (${place.holder}, resource_type, resource_pattern) DO NOTHING RETURNING permission`);
  return granted.length > 0;
}

/** @returns whether something was granted on that resource */
export async function revoke(db: Db, subject: Subject, type: string, pattern: string): Promise<boolean> {
  const place = await placeOf(db, subject);
  if (!place) return false;
  const revoked = await db.query(sql`
    DELETE FROM ${place.table}
    WHERE ${place.holder} = ${place.of} AND resource_type = ${type} AND resource_pattern = ${pattern} RETURNING permission`);
  return revoked.length > 0;
}
