/** Users and principals with their roles, as lists show them. */
import type { Db } from "../platform/db/database.ts";
import { raw, type Sql, sql } from "../platform/db/sql.ts";
import type { PrincipalTables } from "../platform/identity/caller.ts";
import { roleJson } from "../roles/store.ts";
import { firstPrincipal, principalKey, shownPrincipal } from "./subjects.ts";

const number = sql`(${firstPrincipal}::int + p.id)`;

/** What is granted to the principal `p` directly, as the role that a basic user has for that. */
const ownRole = ({ principal_permissions }: PrincipalTables): Sql => sql`
  SELECT json_build_object('id', ${number}, 'name', '__user_' || ${number} || '__', 'workspace', 'default',
    'description', NULL, 'permissions', json_agg(json_build_object('id', ${firstPrincipal}::int + g.id, 'role_id', ${number},
      'resource_type', g.resource_type, 'resource_pattern', g.resource_pattern, 'permission', g.permission) ORDER BY g.id))
    AS role, 0 AS place
  FROM ${raw(principal_permissions)} g WHERE g.principal = p.key HAVING count(*) > 0`;

const principalRoles = (tables: PrincipalTables): Sql => sql`
  coalesce((SELECT json_agg(role ORDER BY place) FROM (
    ${ownRole(tables)}
    UNION ALL
    SELECT ${roleJson}, a.id FROM ${raw(tables.principal_roles)} a JOIN roles r ON r.id = a.role_id WHERE a.principal = p.key
  ) held), '[]')`;

const userRoles = sql`coalesce((SELECT json_agg(${roleJson} ORDER BY a.id)
  FROM user_role_assignments a JOIN roles r ON r.id = a.role_id WHERE a.user_id = u.id), '[]')`;

/** All users and principals, or one of them, as a JSON array. */
export async function listUsers(db: Db, only?: string): Promise<string> {
  const { principals } = db.scope;
  const of = (condition: (name: string) => Sql) => (only === undefined ? sql`true` : condition(only));
  const listed = sql`
    SELECT json_build_object('id', u.id, 'username', u.username, 'is_admin', coalesce(u.is_admin, false),
      'roles', ${userRoles}) AS listed, u.id AS place
    FROM users u WHERE ${of((name) => sql`u.username = ${name}`)}`;
  const withPrincipals = principals
    ? sql`${listed} UNION ALL
      SELECT json_build_object('id', ${number}, 'username', ${shownPrincipal}, 'is_admin', false,
        'roles', ${principalRoles(principals)}), ${number}
      FROM ${raw(principals.principals)} p WHERE ${of((name) => sql`p.key = ${principalKey(name) ?? ""}`)}`
    : listed;
  const found = await db.text(
    sql`SELECT coalesce(json_agg(listed ORDER BY place), '[]')::text FROM (${withPrincipals}) every`,
  );
  return found!;
}

/** The roles of someone, by name, as a JSON array. */
export async function listRolesOf(db: Db, name: string): Promise<string> {
  const { principals } = db.scope;
  const principal = principals && principalKey(name);
  const found = await db.text(
    principal
      ? sql`SELECT ${principalRoles(principals)}::text FROM ${raw(principals.principals)} p WHERE p.key = ${principal}`
      : sql`SELECT ${userRoles}::text FROM users u WHERE u.username = ${name}`,
  );
  return found ?? "[]";
}
