/** Reads the users of a stock server's own auth database, PostgreSQL or SQLite. */
import { readFile, stat } from "node:fs/promises";
import { authRevisions, refuseOtherHead } from "../shared/mlflow/schema/auth-tables.ts";
import type { Config } from "../shared/platform/config.ts";
import { Database } from "../shared/platform/db/database.ts";
import { sql } from "../shared/platform/db/sql.ts";
import { problemOf } from "../shared/platform/db/uri.ts";
import { Refusal } from "../shared/tools/refusal.ts";

interface User {
  id: number;
  username: string;
  password_hash: string;
  is_admin: boolean;
}

interface Role {
  id: number;
  name: string;
  workspace: string;
  description: string | null;
}

interface Permission {
  id: number;
  role_id: number;
  resource_type: string;
  resource_pattern: string;
  permission: string;
}

interface Assignment {
  id: number;
  user_id: number;
  role_id: number;
}

/** The rows of stock's tables of these names. */
export interface AuthRows {
  users: User[];
  roles: Role[];
  role_permissions: Permission[];
  user_role_assignments: Assignment[];
}

const columns = {
  users: ["id", "username", "password_hash", "is_admin"],
  roles: ["id", "name", "workspace", "description"],
  role_permissions: ["id", "role_id", "resource_type", "resource_pattern", "permission"],
  user_role_assignments: ["id", "user_id", "role_id"],
} as const;

/**
 * @param uri `sqlite:///file` as stock has it, or a PostgreSQL one
 * @throws Refusal for what can't be read, MlflowError where the tables are of another revision
 */
export function readAuthRows(uri: string, config: Config): Promise<AuthRows> {
  const [, file] = /^sqlite(?:\+\w+)?:\/\/\/(.+)$/.exec(uri) ?? [];
  return file === undefined ? fromPostgres(uri, config) : fromSqlite(decodeURI(file));
}

async function fromPostgres(uri: string, config: Config): Promise<AuthRows> {
  const problem = problemOf(uri);
  if (problem !== undefined) throw new Refusal(`The URI of --auth-from ${problem}.`);
  const db = new Database(uri, config);
  try {
    const { query } = db.reading;
    refuseOtherSource(await authRevisions(query));
    return {
      users: await query<User>(sql`SELECT id, username, password_hash, is_admin FROM users`),
      roles: await query<Role>(sql`SELECT id, name, workspace, description FROM roles`),
      role_permissions: await query<Permission>(
        sql`SELECT id, role_id, resource_type, resource_pattern, permission FROM role_permissions`,
      ),
      user_role_assignments: await query<Assignment>(sql`SELECT id, user_id, role_id FROM user_role_assignments`),
    };
  } finally {
    await db.end();
  }
}

async function fromSqlite(file: string): Promise<AuthRows> {
  const { default: load } = await import("sql.js");
  const { Database: Sqlite } = await load();
  const db = new Sqlite(await bytesOf(file));
  const rowsOf = <Row>(table: string, names: readonly string[]): Row[] => {
    const [result] = db.exec(`SELECT ${names.join(", ")} FROM ${table}`);
    return (result?.values ?? []).map(
      (values) => Object.fromEntries(names.map((name, index) => [name, values[index]])) as Row,
    );
  };
  try {
    const tables = rowsOf<{ name: string }>("sqlite_master", ["name"]).map(({ name }) => name);
    const versions = tables.includes("alembic_version_auth")
      ? rowsOf<{ version_num: string }>("alembic_version_auth", ["version_num"]).map((row) => row.version_num)
      : tables.includes("users") && [];
    refuseOtherSource(versions || undefined);
    return {
      users: rowsOf<User>("users", columns.users).map((user) => ({ ...user, is_admin: Boolean(user.is_admin) })),
      roles: rowsOf<Role>("roles", columns.roles),
      role_permissions: rowsOf<Permission>("role_permissions", columns.role_permissions),
      user_role_assignments: rowsOf<Assignment>("user_role_assignments", columns.user_role_assignments),
    };
  } catch (error) {
    if (!(error instanceof Error) || !/not a database|malformed/.test(error.message)) throw error;
    throw new Refusal(`${file} is no SQLite database: ${error.message}.`);
  } finally {
    db.close();
  }
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const size = async (name: string) => (await stat(name).catch(() => undefined))?.size ?? 0;
  if ((await size(`${file}-wal`)) + (await size(`${file}-journal`)) > 0)
    throw new Refusal(`A server still writes to ${file}. Stop it first.`);
  return readFile(file).catch((error: Error) => {
    throw new Refusal(`${file} can't be read: ${error.message}.`);
  });
}

function refuseOtherSource(revisions: string[] | undefined): void {
  if (revisions === undefined) throw new Refusal("The database of --auth-from has no tables of users.");
  refuseOtherHead(revisions);
}
