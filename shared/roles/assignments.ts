/** Who is assigned to which role. */
import type { Db } from "../platform/db/database.ts";
import { raw, sql } from "../platform/db/sql.ts";
import { firstPrincipal, type Subject } from "../users/subjects.ts";
import { roleErrors } from "./errors.ts";

const assignmentJson = sql`json_build_object('id', a.id, 'user_id', a.user_id, 'role_id', a.role_id)`;

/** Assigns someone to a role and answers the assignment's JSON text. */
export async function assignRole(db: Db, subject: Subject, roleId: number, name: string): Promise<string> {
  const inserted =
    "principal" in subject
      ? sql`INSERT INTO ${raw(db.scope.principals!.principal_roles)} (principal, role_id)
          SELECT ${subject.principal}, id FROM roles WHERE id = ${roleId} AND NOT starts_with(name, '__user_')
          ON CONFLICT DO NOTHING RETURNING ${firstPrincipal}::int + id AS id, ${subject.number}::int AS user_id, role_id`
      : sql`INSERT INTO user_role_assignments (user_id, role_id)
          SELECT ${subject.user}::int, id FROM roles WHERE id = ${roleId} AND NOT starts_with(name, '__user_')
          ON CONFLICT (user_id, role_id) DO NOTHING RETURNING id, user_id, role_id`;
  const [row] = await db.query<{ assigned: string | null }>(sql`
    WITH a AS (${inserted})
    SELECT (SELECT ${assignmentJson}::text FROM a) AS assigned
    FROM roles WHERE id = ${roleId} AND NOT starts_with(name, '__user_')`);
  if (!row) throw roleErrors.notFound(roleId);
  if (row.assigned === null) throw roleErrors.assigned(name, roleId);
  return row.assigned;
}

export async function unassignRole(db: Db, subject: Subject, roleId: number, name: string): Promise<void> {
  const removed = await db.query(
    "principal" in subject
      ? sql`DELETE FROM ${raw(db.scope.principals!.principal_roles)}
          WHERE principal = ${subject.principal} AND role_id = ${roleId} RETURNING role_id`
      : sql`DELETE FROM user_role_assignments WHERE user_id = ${subject.user} AND role_id = ${roleId}
          AND role_id NOT IN (SELECT id FROM roles WHERE starts_with(name, '__user_')) RETURNING role_id`,
  );
  if (removed.length === 0) throw roleErrors.notAssigned(name, roleId);
}

/** Who is assigned to a role, as a JSON array. */
export async function listAssignments(db: Db, roleId: number): Promise<string> {
  const { principals } = db.scope;
  const ofUsers = sql`SELECT id, user_id, role_id FROM user_role_assignments WHERE role_id = ${roleId}`;
  const ofAll = principals
    ? sql`${ofUsers} UNION ALL
      SELECT ${firstPrincipal}::int + g.id, ${firstPrincipal}::int + p.id, g.role_id
      FROM ${raw(principals.principal_roles)} g JOIN ${raw(principals.principals)} p ON p.key = g.principal
      WHERE g.role_id = ${roleId}`
    : ofUsers;
  const [row] = await db.query<{ assignments: string }>(sql`
    SELECT (SELECT coalesce(json_agg(${assignmentJson} ORDER BY a.id), '[]')::text FROM (${ofAll}) a) AS assignments
    FROM roles WHERE id = ${roleId}`);
  if (!row) throw roleErrors.notFound(roleId);
  return row.assignments;
}
