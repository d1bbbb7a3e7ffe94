/** API tokens in our own table. */
import type { OwnTables } from "../mlflow/schema/own-tables.ts";
import type { Statements } from "../platform/db/database.ts";
import { workspace } from "../platform/db/scope.ts";
import { raw, type Sql, sql } from "../platform/db/sql.ts";
import type { Grant } from "../platform/identity/access.ts";
import type { EntraCaller } from "../platform/identity/entra.ts";
import type { ListedToken } from "../platform/identity/token-keeper.ts";
import { mostTokens } from "./rules.ts";

type Tables = Pick<OwnTables, "tokens" | "principals" | "principal_roles">;

/** A token as sign-in needs it. Times are in milliseconds since 1970. */
export interface StoredToken {
  id: number;
  name: string;
  owner: string;
  ownerName: string;
  caller: EntraCaller | null;
  readOnly: boolean;
  /** The role that it is narrowed to. */
  roleId: number | null;
  /** Null where there is no such role any more. `isHeld`: it is assigned to the owner. */
  role: { name: string; isHeld: boolean; grants: Grant[] } | null;
  created: number;
  expires: number;
}

export interface NewToken {
  hash: Buffer;
  name: string;
  owner: string;
  ownerName: string;
  caller: EntraCaller | null;
  readOnly: boolean;
  roleId: number | null;
  days: number;
}

const millis = (time: string): Sql => sql`(extract(epoch FROM ${raw(time)}) * 1000)::float8`;

/** The token of a hash. The hash is looked up as it is: who could tune it had to invert SHA-256. */
export async function findToken(db: Statements, tables: Tables, hash: Buffer): Promise<StoredToken | undefined> {
  const [found] = await db.query<StoredToken>(sql`
    SELECT t.id, t.name, t.owner, t.owner_name AS "ownerName", t.caller, t.read_only AS "readOnly",
      t.role_id AS "roleId", ${millis("t.created_at")} AS created, ${millis("t.expires_at")} AS expires,
      (SELECT json_build_object('name', r.name, 'isHeld',
          EXISTS (SELECT FROM user_role_assignments a WHERE a.role_id = r.id AND 'basic:' || a.user_id = t.owner)
          OR EXISTS (SELECT FROM ${raw(tables.principal_roles)} p WHERE p.role_id = r.id AND (p.principal = t.owner
            OR p.principal IN (SELECT 'app-role:' || name FROM jsonb_array_elements_text(t.caller->'appRoles') name))),
          'grants', coalesce((SELECT json_agg(json_build_object('type', g.resource_type, 'pattern', g.resource_pattern,
            'permission', g.permission)) FROM role_permissions g WHERE g.role_id = r.id), '[]'))
        FROM roles r WHERE r.id = t.role_id AND r.workspace = ${workspace}) AS role
    FROM ${raw(tables.tokens)} t WHERE t.hash = ${hash}`);
  return found;
}

/**
 * Adds a token, and drops those that ended a month ago.
 * @returns its id; nothing where the owner has one of that name, or too many
 */
export async function insertToken(db: Statements, { tokens }: Tables, token: NewToken): Promise<number | undefined> {
  const { hash, name, owner, ownerName, caller, readOnly, roleId, days } = token;
  const [made] = await db.query<{ id: number }>(sql`
    WITH dropped AS (DELETE FROM ${raw(tokens)} WHERE expires_at < now() - interval '30 days')
    INSERT INTO ${raw(tokens)} (hash, name, owner, owner_name, caller, read_only, role_id, expires_at)
    SELECT ${hash}, ${name}, ${owner}, ${ownerName}, ${caller && JSON.stringify(caller)}::jsonb, ${readOnly}::bool,
      ${roleId}::int, now() + make_interval(days => ${days}::int)
    WHERE (SELECT count(*) FROM ${raw(tokens)} WHERE owner = ${owner}) < ${mostTokens}::int
    ON CONFLICT (owner, name) DO NOTHING RETURNING id`);
  return made?.id;
}

/** How many tokens someone has. */
export async function countTokens(db: Statements, { tokens }: Tables, owner: string): Promise<number> {
  const [found] = await db.query<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM ${raw(tokens)} WHERE owner = ${owner}`,
  );
  return found!.count;
}

/** Someone's tokens, or everyone's, the oldest first. */
export const listTokens = (db: Statements, { tokens }: Tables, owner?: string): Promise<ListedToken[]> =>
  db.query(sql`
    SELECT t.id, t.name, t.owner_name AS owner, t.read_only, CASE WHEN t.role_id IS NOT NULL THEN
        coalesce((SELECT r.name FROM roles r WHERE r.id = t.role_id), 'deleted') END AS role,
      ${millis("t.created_at")} AS creation_time, ${millis("t.expires_at")} AS expiration_time,
      ${millis("t.used_at")} AS last_used_time
    FROM ${raw(tokens)} t WHERE ${owner === undefined ? sql`true` : sql`t.owner = ${owner}`} ORDER BY t.id`);

/** Revokes a token, of anyone where `owner` is left out. Answers its name; undefined where there is none. */
export async function deleteToken(
  db: Statements,
  { tokens }: Tables,
  id: number,
  owner?: string,
): Promise<string | undefined> {
  const [gone] = await db.query<{ name: string }>(sql`
    DELETE FROM ${raw(tokens)} WHERE id = ${id} AND ${owner === undefined ? sql`true` : sql`owner = ${owner}`}
    RETURNING name`);
  return gone?.name;
}

/** Notes that a token was used, once a minute whichever instance it was. */
export async function noteUse(db: Statements, { tokens }: Tables, id: number): Promise<void> {
  await db.query(sql`UPDATE ${raw(tokens)} SET used_at = now()
    WHERE id = ${id} AND (used_at IS NULL OR used_at < now() - interval '1 minute')`);
}

/** The id of a role that can be given to several; undefined where there is none of the name. */
export async function findRole(db: Statements, name: string): Promise<number | undefined> {
  const [role] = await db.query<{ id: number }>(sql`
    SELECT id FROM roles WHERE workspace = ${workspace} AND name = ${name} AND NOT starts_with(name, '__user_')`);
  return role?.id;
}

/** The id of a basic user. */
export async function findUserId(db: Statements, name: string): Promise<number | undefined> {
  const [user] = await db.query<{ id: number }>(sql`SELECT id FROM users WHERE username = ${name}`);
  return user?.id;
}

/** What people read of a principal that has signed in. */
export async function findPrincipal(db: Statements, { principals }: Tables, key: string): Promise<string | undefined> {
  const [found] = await db.query<{ display: string }>(
    sql`SELECT display FROM ${raw(principals)} WHERE key = ${key} AND kind IN ('user', 'app')`,
  );
  return found?.display;
}
