/** Changes to users that an admin makes, each in the caller's transaction. One admin always stays. */
import type { Db } from "../platform/db/database.ts";
import { raw, sql } from "../platform/db/sql.ts";
import { userErrors } from "./errors.ts";

/** The user of a name, with all admins' rows locked: of two who take each other's role at once, one is refused. */
async function locked(db: Db, name: string): Promise<{ id: number; isLastAdmin: boolean }> {
  const rows = await db.query<{ id: number; username: string; isAdmin: boolean }>(sql`
    SELECT id, username, coalesce(is_admin, false) AS "isAdmin" FROM users
    WHERE is_admin OR username = ${name} ORDER BY id FOR UPDATE`);
  const user = rows.find(({ username }) => username === name);
  if (!user) throw userErrors.notFound(name);
  return { id: user.id, isLastAdmin: user.isAdmin && rows.filter(({ isAdmin }) => isAdmin).length === 1 };
}

/** @throws MlflowError where nobody would be an admin any more */
export async function setAdmin(db: Db, name: string, isAdmin: boolean): Promise<void> {
  const { id, isLastAdmin } = await locked(db, name);
  if (isLastAdmin && !isAdmin) throw userErrors.lastAdmin();
  await db.query(sql`UPDATE users SET is_admin = ${isAdmin} WHERE id = ${id}`);
}

export async function setPassword(db: Db, id: number, hash: string): Promise<void> {
  await db.query(sql`UPDATE users SET password_hash = ${hash} WHERE id = ${id}`);
}

/** Tables of older servers, which still refer to users. */
const legacy = [
  "experiment_permissions",
  "registered_model_permissions",
  "workspace_permissions",
  "scorer_permissions",
  "gateway_secret_permissions",
  "gateway_endpoint_permissions",
  "gateway_model_definition_permissions",
];

/**
 * Deletes a user with what is granted to them.
 * @throws MlflowError where nobody would be an admin any more
 */
export async function deleteUser(db: Db, name: string): Promise<void> {
  const { id, isLastAdmin } = await locked(db, name);
  if (isLastAdmin) throw userErrors.lastAdmin();
  for (const table of legacy) await db.query(sql`DELETE FROM ${raw(table)} WHERE user_id = ${id}`);
  await db.query(sql`
    WITH own AS (SELECT id FROM roles WHERE name = '__user_' || ${id}::int || '__'),
      granted AS (DELETE FROM role_permissions WHERE role_id IN (SELECT id FROM own)),
      assigned AS (
        DELETE FROM user_role_assignments WHERE user_id = ${id}::int OR role_id IN (SELECT id FROM own)),
      roles AS (DELETE FROM roles WHERE id IN (SELECT id FROM own))
    DELETE FROM users WHERE id = ${id}::int`);
}
