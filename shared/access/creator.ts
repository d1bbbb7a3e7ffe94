/** The grant that whoever creates something has on it, in the creation's own statement. */
import type { Db } from "../platform/db/database.ts";
import { empty, raw, type Sql, sql } from "../platform/db/sql.ts";

/**
 * Another common table expression, after a comma, that gives the creator MANAGE on what a statement creates. Nothing
 * where nobody signs in.
 * @param created a query for the ids of what is created: one column `id`, of text
 */
export function creatorsGrant({ scope: { owner, principals } }: Db, type: string, created: Sql): Sql {
  if (!owner) return empty;
  if ("role" in owner)
    return sql`, granted AS (
      INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
      SELECT ${owner.role}::int, ${type}, resource.id, 'MANAGE' FROM (${created}) resource
      ON CONFLICT (role_id, resource_type, resource_pattern) DO UPDATE SET permission = 'MANAGE'
    )`;
  return sql`, granted AS (
    INSERT INTO ${raw(principals!.principal_permissions)} (principal, resource_type, resource_pattern, permission)
    SELECT ${owner.principal}, ${type}, resource.id, 'MANAGE' FROM (${created}) resource
    ON CONFLICT (principal, resource_type, resource_pattern) DO UPDATE SET permission = 'MANAGE'
  )`;
}
