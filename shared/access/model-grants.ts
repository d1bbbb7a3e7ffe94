/** Grants name registered models and prompts, so they follow when one is renamed, and go when it is deleted. */
import type { Db } from "../platform/db/database.ts";
import { empty, raw, type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** The role that holds what is granted to a user directly: `__user_<id>__`. */
const isOwnRole = sql`starts_with(role.name, '__user_')`;

const ofModel = sql`resource_type IN ('registered_model', 'prompt')`;

interface Standing {
  /** A role that an admin made has a grant on one of the names. */
  named: boolean;
  /** Someone has a grant on the new name. */
  taken: boolean;
}

/**
 * Moves what is granted to users directly, in the transaction of the rename. Nothing where nobody signs in.
 * @throws MlflowError where grants would begin or cease to apply to the model by its new name
 */
export async function moveModelGrants(db: Db, name: string, newName: string): Promise<void> {
  const { owner, principals } = db.scope;
  if (!owner || name === newName) return;
  const ofPrincipals = (work: (table: Sql) => Sql) =>
    principals ? work(raw(principals.principal_permissions)) : empty;
  const [standing] = await db.query<Standing>(sql`
    SELECT EXISTS (SELECT FROM role_permissions JOIN roles role ON role.id = role_id
        WHERE ${ofModel} AND resource_pattern IN (${name}, ${newName}) AND NOT ${isOwnRole}) AS named,
      EXISTS (SELECT FROM role_permissions WHERE ${ofModel} AND resource_pattern = ${newName})
        ${ofPrincipals((table) => sql`OR EXISTS (SELECT FROM ${table} WHERE ${ofModel} AND resource_pattern = ${newName})`)}
        AS taken`);
  if (standing!.named) throw cannotRename(name, newName, "a role has a permission on one of these names");
  if (standing!.taken) throw cannotRename(name, newName, `users already have permissions on '${shown(newName)}'`);
  for (const table of ["role_permissions", ...(principals ? [principals.principal_permissions] : [])])
    await db.query(sql`
      UPDATE ${raw(table)} SET resource_pattern = ${newName} WHERE ${ofModel} AND resource_pattern = ${name}`);
}

const cannotRename = (name: string, newName: string, reason: string) =>
  invalid(
    `Cannot rename '${shown(name)}' to '${shown(newName)}': ${reason}, and would keep it for another model. ` +
      "An admin has to remove it first.",
  );

/**
 * Common table expressions, after a comma, that delete what is granted to users directly. Nothing where nobody signs
 * in.
 */
export function dropsModelGrants({ scope: { owner, principals } }: Db, name: string): Sql {
  if (!owner) return empty;
  const ofRoles = sql`, role_grants AS (DELETE FROM role_permissions USING roles role
    WHERE role.id = role_id AND ${isOwnRole} AND ${ofModel} AND resource_pattern = ${name})`;
  if (!principals) return ofRoles;
  return sql`${ofRoles}, principal_grants AS (
    DELETE FROM ${raw(principals.principal_permissions)} WHERE ${ofModel} AND resource_pattern = ${name})`;
}

/** @throws MlflowError for the name that stands for all in grants, where there are grants */
export function refuseWildcard({ scope: { owner } }: Db, name: string): void {
  if (owner && name === "*")
    throw invalid(
      "'*' stands for all of them in permissions, so no registered model or prompt can have it as its name.",
    );
}
