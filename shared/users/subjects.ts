/**
 * To whom something is granted: a basic user, by name, or a principal of Entra, by a key that no basic user can sign in
 * with. Both are shown and changed by the same routes; a principal has the number of its record, from a range of its
 * own.
 */
import type { Db } from "../platform/db/database.ts";
import { raw, type Sql, sql } from "../platform/db/sql.ts";
import type { PrincipalTables } from "../platform/identity/caller.ts";
import { userErrors } from "./errors.ts";

export type Subject = { user: number; name: string; isAdmin: boolean } | { principal: string; number: number };

const id = "[0-9a-fA-F-]{36}";
const key = new RegExp(`(?:^|\\()((?:user|app|group):${id}:${id}|app-role:[^\\s()]{1,120})\\)?$`);

/** The key of a principal in a name as lists show it: alone, or in parentheses after what people read. */
export const principalKey = (name: string): string | undefined => key.exec(name)?.[1];

/** Numbers of principals begin here, where those of users never come. */
export const firstPrincipal = 1_000_000_000;

/** The name in lists of a principal's record `p`. */
export const shownPrincipal: Sql = sql`CASE WHEN p.display = p.key THEN p.key ELSE p.display || ' (' || p.key || ')' END`;

/**
 * Whoever has a name.
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST. A group or app role need not have been seen before
 */
export async function findSubject(db: Db, name: string): Promise<Subject> {
  const { principals } = db.scope;
  const principal = principals && principalKey(name);
  if (principal) return { principal, number: await numberOf(db, principals, principal, name) };
  const [user] = await db.query<{ id: number; isAdmin: boolean }>(
    sql`SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = ${name}`,
  );
  if (!user) throw userErrors.notFound(name);
  return { user: user.id, name, isAdmin: user.isAdmin };
}

async function numberOf(db: Db, { principals }: PrincipalTables, principal: string, name: string): Promise<number> {
  const [found] = await db.query<{ id: number }>(sql`SELECT id FROM ${raw(principals)} WHERE key = ${principal}`);
  if (found) return firstPrincipal + found.id;
  const kind = principal.slice(0, principal.indexOf(":"));
  if (kind === "user" || kind === "app") throw userErrors.notFound(name);
  const [made] = await db.query<{ id: number }>(sql`
    INSERT INTO ${raw(principals)} AS p (key, kind, display) VALUES (${principal}, ${kind}, ${principal})
    ON CONFLICT (key) DO UPDATE SET display = p.display RETURNING id`);
  return firstPrincipal + made!.id;
}

/** The ids of the roles that someone is assigned to, by name. */
export function rolesOf(db: Db, name: string): Sql {
  const { principals } = db.scope;
  const principal = principals && principalKey(name);
  if (principal) return sql`SELECT role_id FROM ${raw(principals.principal_roles)} WHERE principal = ${principal}`;
  return sql`SELECT a.role_id FROM user_role_assignments a JOIN users u ON u.id = a.user_id WHERE u.username = ${name}`;
}
