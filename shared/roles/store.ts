/** Roles, in stock's tables (mlflow/server/auth/sqlalchemy_store.py). */
import type { Db } from "../platform/db/database.ts";
import { sqlState } from "../platform/db/errors.ts";
import { empty, raw, type Sql, sql } from "../platform/db/sql.ts";
import type { Permission } from "../platform/identity/access.ts";
import { roleErrors } from "./errors.ts";

/** The JSON of the permission `p` of a role. */
const permissionJson = sql`json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission)`;

const permissionsJson = sql`coalesce((SELECT json_agg(${permissionJson} ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')`;

/** The JSON of the role `r`. */
export const roleJson: Sql = sql`json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', ${permissionsJson})`;

/** Which roles a caller sees: all, or those of a statement that answers their ids. */
export type Seen = "all" | Sql;

const among = (seen: Seen, id: Sql): Sql => (seen === "all" ? empty : sql` AND ${id} IN (${seen})`);

/** Creates a role and answers its JSON text. */
export async function createRole(
  db: Db,
  role: { name: string; workspace: string; description: string | undefined },
): Promise<string> {
  const created = await db.text(sql`
    WITH r AS (
      INSERT INTO roles (name, workspace, description) VALUES (${role.name}, ${role.workspace}, ${role.description ?? null})
      ON CONFLICT (workspace, name) DO NOTHING RETURNING *
    )
    SELECT ${roleJson}::text FROM r`);
  if (created === undefined) throw roleErrors.exists(role.name, role.workspace);
  return created;
}

/** A role's JSON text; undefined where there is none that is seen. */
export const findRole = (db: Db, id: number, seen: Seen): Promise<string | undefined> =>
  db.text(sql`SELECT ${roleJson}::text FROM roles r WHERE r.id = ${id}${among(seen, sql`r.id`)}`);

/** The roles of some workspaces, or of all, as a JSON array. */
export async function listRoles(db: Db, workspaces: readonly string[], seen: Seen): Promise<string> {
  const inThem = workspaces.length > 0 ? sql`r.workspace = ANY(${[...workspaces]}::text[])` : sql`true`;
  const found = await db.text(sql`
    SELECT coalesce(json_agg(${roleJson} ORDER BY r.id), '[]')::text FROM roles r
    WHERE ${inThem}${among(seen, sql`r.id`)}`);
  return found!;
}

/** Changes what is given of a role and answers its JSON text. */
export async function updateRole(
  db: Db,
  id: number,
  change: { name: string | undefined; description: string | undefined },
): Promise<string> {
  const updating = db.text(sql`
    WITH r AS (
      UPDATE roles SET name = coalesce(${change.name ?? null}, name),
        description = coalesce(${change.description ?? null}, description)
      WHERE id = ${id} AND NOT starts_with(name, '__user_') RETURNING *
    )
    SELECT ${roleJson}::text FROM r`);
  const updated = await updating.catch((error: unknown) => {
    throw sqlState(error) === "23505" ? roleErrors.exists(change.name ?? "", db.scope.workspace) : error;
  });
  if (updated === undefined) throw roleErrors.notFound(id);
  return updated;
}

/** Deletes a role with its permissions and assignments. What is granted to a user directly stays. */
export async function deleteRole(db: Db, id: number): Promise<void> {
  const { principals } = db.scope;
  const ofPrincipals = principals
    ? sql`, principal_roles AS (DELETE FROM ${raw(principals.principal_roles)} WHERE role_id IN (SELECT id FROM role))`
    : empty;
  const deleted = await db.query(sql`
    WITH role AS (
      SELECT id FROM roles WHERE id = ${id} AND NOT starts_with(name, '__user_')
    ), permissions AS (DELETE FROM role_permissions WHERE role_id IN (SELECT id FROM role)),
      assignments AS (DELETE FROM user_role_assignments WHERE role_id IN (SELECT id FROM role))${ofPrincipals}
    DELETE FROM roles WHERE id IN (SELECT id FROM role) RETURNING id`);
  if (deleted.length === 0) throw roleErrors.notFound(id);
}

/** The permissions of a role as a JSON array; undefined where there is no such role that is seen. */
export const listPermissions = (db: Db, roleId: number, seen: Seen): Promise<string | undefined> =>
  db.text(sql`SELECT ${permissionsJson}::text FROM roles r WHERE r.id = ${roleId}${among(seen, sql`r.id`)}`);

export interface NewPermission {
  type: string;
  pattern: string;
  permission: Permission;
}

/** Adds a permission to a role and answers its JSON text. */
export async function addPermission(db: Db, roleId: number, added: NewPermission): Promise<string> {
  const [row] = await db.query<{ added: string | null }>(sql`
    WITH p AS (
      INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
      SELECT id, ${added.type}, ${added.pattern}, ${added.permission} FROM roles WHERE id = ${roleId}
      ON CONFLICT (role_id, resource_type, resource_pattern) DO NOTHING RETURNING *
    )
    SELECT (SELECT ${permissionJson}::text FROM p) AS added FROM roles WHERE id = ${roleId}`);
  if (!row) throw roleErrors.notFound(roleId);
  if (row.added === null) throw roleErrors.permissionExists(roleId, added.type, added.pattern);
  return row.added;
}

/** The type of the resources that a permission is on. */
export async function permissionType(db: Db, id: number): Promise<string> {
  const type = await db.text(sql`SELECT resource_type FROM role_permissions WHERE id = ${id}`);
  if (type === undefined) throw roleErrors.permissionNotFound(id);
  return type;
}

/** Changes a permission and answers its JSON text. */
export async function updatePermission(db: Db, id: number, permission: Permission): Promise<string> {
  const updated = await db.text(sql`
    WITH p AS (UPDATE role_permissions SET permission = ${permission} WHERE id = ${id} RETURNING *)
    SELECT ${permissionJson}::text FROM p`);
  if (updated === undefined) throw roleErrors.permissionNotFound(id);
  return updated;
}

export async function removePermission(db: Db, id: number): Promise<void> {
  const removed = await db.query(sql`DELETE FROM role_permissions WHERE id = ${id} RETURNING id`);
  if (removed.length === 0) throw roleErrors.permissionNotFound(id);
}
