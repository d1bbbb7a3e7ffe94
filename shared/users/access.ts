/** What users and principals may do, by what is stored of them. */
import type { Config } from "../platform/config.ts";
import type { Db } from "../platform/db/database.ts";
import { raw, sql } from "../platform/db/sql.ts";
import { Access, type Grant, isPermission, type Level } from "../platform/identity/access.ts";
import type { StoredUser } from "./store.ts";
import { findUser } from "./store.ts";
import type { Subject } from "./subjects.ts";

/** A permission that is not known here must not open anything. */
export const knownGrants = (grants: readonly Grant[]): Grant[] =>
  grants.map((grant) => (isPermission(grant.permission) ? grant : { ...grant, permission: "DENY" }));

export const accessOfUser = ({ isAdmin, grants }: StoredUser, fallback: Level): Access =>
  new Access({ isAdmin, fallback, mayCreate: true, grants: knownGrants(grants) });

/**
 * What someone may do. Of a principal it is what is granted to it and its roles: a token tells its groups and app
 * roles.
 */
export async function accessOf(db: Db, subject: Subject, config: Config): Promise<Access> {
  if ("user" in subject) {
    const stored = await findUser(db, subject.name);
    return stored ? accessOfUser(stored, config.MLFLOW_AUTH_DEFAULT_PERMISSION) : Access.nothing;
  }
  const { principal_permissions, principal_roles } = db.scope.principals!;
  const grants = await db.query<Grant>(sql`
    SELECT resource_type AS type, resource_pattern AS pattern, permission FROM ${raw(principal_permissions)}
    WHERE principal = ${subject.principal}
    UNION ALL
    SELECT resource_type, resource_pattern, permission FROM role_permissions
    WHERE role_id IN (SELECT role_id FROM ${raw(principal_roles)} WHERE principal = ${subject.principal})`);
  return new Access({ isAdmin: false, fallback: "NO_PERMISSIONS", mayCreate: false, grants: knownGrants(grants) });
}
