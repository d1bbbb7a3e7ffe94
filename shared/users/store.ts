/** The users of basic sign-in, in stock's tables (mlflow/server/auth/sqlalchemy_store.py). */
import type { Statements } from "../platform/db/database.ts";
import { workspace } from "../platform/db/scope.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import type { Grant } from "../platform/identity/access.ts";

/** A user with what all their roles grant. */
export interface StoredUser {
  id: number;
  name: string;
  passwordHash: string | null;
  isAdmin: boolean;
  /** The id of the role `__user_<id>__`, which holds what is granted to this user alone. */
  ownRole: number | null;
  grants: Grant[];
}

/** The name of a user's own role. The prefix is reserved. */
const ownRoleName = (id: Sql): Sql => sql`'__user_' || ${id} || '__'`;

/** A user by name; undefined where there is none. */
export async function findUser(db: Statements, name: string): Promise<StoredUser | undefined> {
  const rows = await db.query<StoredUser>(sql`
    SELECT u.id, u.username AS name, u.password_hash AS "passwordHash", coalesce(u.is_admin, false) AS "isAdmin",
      (SELECT r.id FROM roles r JOIN user_role_assignments a ON a.role_id = r.id AND a.user_id = u.id
        WHERE r.workspace = ${workspace} AND r.name = ${ownRoleName(sql`u.id`)} AND ${hasNoOther(sql`r.id`, sql`u.id`)}
      ) AS "ownRole",
      coalesce((SELECT json_agg(json_build_object('type', p.resource_type, 'pattern', p.resource_pattern,
          'permission', p.permission))
        FROM user_role_assignments a JOIN roles r ON r.id = a.role_id AND r.workspace = ${workspace}
        JOIN role_permissions p ON p.role_id = r.id WHERE a.user_id = u.id), '[]') AS grants
    FROM users u WHERE u.username = ${name}`);
  return rows[0];
}

/** That a role is nobody else's: who else has it would be granted what one user creates. */
const hasNoOther = (role: Sql, user: Sql) =>
  sql`NOT EXISTS (SELECT FROM user_role_assignments other WHERE other.role_id = ${role} AND other.user_id <> ${user})`;

export interface NewUser {
  name: string;
  passwordHash: string;
  isAdmin: boolean;
}

/** Makes a user with a role of their own. One statement. Undefined where the name is taken. */
export async function createUser(db: Statements, user: NewUser): Promise<number | undefined> {
  const rows = await db.query<{ id: number }>(sql`
    WITH created AS (
      INSERT INTO users (username, password_hash, is_admin) VALUES (${user.name}, ${user.passwordHash}, ${user.isAdmin})
      ON CONFLICT (username) DO NOTHING RETURNING id
    ), own AS (
      INSERT INTO roles (name, workspace) SELECT ${ownRoleName(sql`id`)}, ${workspace} FROM created
      ON CONFLICT (workspace, name) DO NOTHING RETURNING id
    ), assigned AS (
      INSERT INTO user_role_assignments (user_id, role_id) SELECT created.id, own.id FROM created, own
    ) SELECT id FROM created`);
  return rows[0]?.id;
}

/**
 * Makes sure that a user has a role of their own; users of a stock server get one with their first grant. Undefined
 * where somebody else has a role of that name.
 */
export async function makeOwnRole(db: Statements, id: number): Promise<number | undefined> {
  // Who loses a race sees the other's row only in the next statement.
  return (await makeOwnRoleOnce(db, id)) ?? makeOwnRoleOnce(db, id);
}

async function makeOwnRoleOnce(db: Statements, id: number): Promise<number | undefined> {
  const name = ownRoleName(sql`${id}::int`);
  const rows = await db.query<{ id: number }>(sql`
    WITH made AS (
      INSERT INTO roles (name, workspace) VALUES (${name}, ${workspace})
      ON CONFLICT (workspace, name) DO NOTHING RETURNING id
    ), own AS (
      SELECT id FROM made UNION ALL
      SELECT id FROM roles WHERE workspace = ${workspace} AND name = ${name} AND ${hasNoOther(sql`roles.id`, sql`${id}`)}
    ), assigned AS (
      INSERT INTO user_role_assignments (user_id, role_id) SELECT ${id}::int, id FROM own
      ON CONFLICT (user_id, role_id) DO NOTHING
    ) SELECT id FROM own`);
  return rows[0]?.id;
}

/** Replaces a password's hash, unless it was replaced meanwhile. Answers whether it did. */
export async function replacePassword(db: Statements, id: number, before: string, hash: string): Promise<boolean> {
  const rows = await db.query(sql`
    UPDATE users SET password_hash = ${hash} WHERE id = ${id} AND password_hash = ${before} RETURNING id`);
  return rows.length > 0;
}

/** Whether there is an admin. */
export async function hasAdmin(db: Statements): Promise<boolean> {
  return (await db.query(sql`SELECT FROM users WHERE is_admin LIMIT 1`)).length > 0;
}

/** Up to ten admins, the oldest first. */
export const listAdmins = (db: Statements): Promise<{ name: string; passwordHash: string }[]> =>
  db.query(sql`SELECT username AS name, coalesce(password_hash, '') AS "passwordHash" FROM users
    WHERE is_admin ORDER BY id LIMIT 10`);
