/** Brings users, roles and what is granted from another database into the tracking database. */
import type { Database } from "../shared/platform/db/database.ts";
import { type Sql, sql } from "../shared/platform/db/sql.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import type { AuthRows } from "./auth-source.ts";

/**
 * All of it or nothing, with the ids it has: a user's own role is named after the user's id. Answers what was done.
 * @throws Refusal where the tracking database has other users or roles already
 */
export function bringAuthRows(db: Database, source: AuthRows): Promise<string> {
  return db.transaction(async ({ query }) => {
    await query(sql`LOCK TABLE users, roles IN SHARE ROW EXCLUSIVE MODE`);
    const users = await query<{ id: number; username: string }>(sql`SELECT id, username FROM users`);
    const [roles] = await query<{ number: number }>(sql`SELECT count(*)::int AS number FROM roles`);
    if (users.length > 0 || roles!.number > 0) return alreadyThere(users, source);
    for (const statement of inserts(source)) await query(statement);
    const counted = `${source.users.length} users, ${source.roles.length} roles and ${source.role_permissions.length} permissions`;
    return `Brought ${counted}.`;
  });
}

function alreadyThere(users: { id: number; username: string }[], source: AuthRows): string {
  const known = new Map(users.map(({ id, username }) => [username, id]));
  if (source.users.length > 0 && source.users.every(({ id, username }) => known.get(username) === id))
    return `All ${source.users.length} users are there already: brought nothing.`;
  throw new Refusal(
    `The tracking database has ${users.length} users of its own, and the ids of those of --auth-from would not fit. Bring them before anyone signs in, or create them by the users API.`,
  );
}

const inserts = ({ users, roles, role_permissions, user_role_assignments }: AuthRows): Sql[] => [
  sql`INSERT INTO users (id, username, password_hash, is_admin)
    SELECT id, username, password_hash, is_admin FROM jsonb_populate_recordset(NULL::users, ${JSON.stringify(users)}::jsonb)`,
  sql`INSERT INTO roles (id, name, workspace, description)
    SELECT id, name, workspace, description FROM jsonb_populate_recordset(NULL::roles, ${JSON.stringify(roles)}::jsonb)`,
  sql`INSERT INTO role_permissions (id, role_id, resource_type, resource_pattern, permission)
    SELECT id, role_id, resource_type, resource_pattern, permission
    FROM jsonb_populate_recordset(NULL::role_permissions, ${JSON.stringify(role_permissions)}::jsonb)`,
  sql`INSERT INTO user_role_assignments (id, user_id, role_id)
    SELECT id, user_id, role_id
    FROM jsonb_populate_recordset(NULL::user_role_assignments, ${JSON.stringify(user_role_assignments)}::jsonb)`,
  sql`SELECT setval(pg_get_serial_sequence('users', 'id'), greatest((SELECT max(id) FROM users), 1)),
    setval(pg_get_serial_sequence('roles', 'id'), greatest((SELECT max(id) FROM roles), 1)),
    setval(pg_get_serial_sequence('role_permissions', 'id'), greatest((SELECT max(id) FROM role_permissions), 1)),
    setval(pg_get_serial_sequence('user_role_assignments', 'id'), greatest((SELECT max(id) FROM user_role_assignments), 1))`,
];
