/** Reads the users of a stock server's own auth database, PostgreSQL or SQLite. */
import { authRevisions, refuseOtherHead } from "../shared/mlflow/schema/auth-tables.ts";
import type { Config } from "../shared/platform/config.ts";
import { Database } from "../shared/platform/db/database.ts";
import { sql } from "../shared/platform/db/sql.ts";
import { problemOf } from "../shared/platform/db/uri.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { openSqliteFile, sqliteInWords } from "./sqlite-file.ts";

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
  const { db, close } = await openSqliteFile(file);
  const rowsOf = <Row>(table: string, names: readonly string[]) =>
    db.all(`SELECT ${names.join(", ")} FROM ${table}`) as Row[];
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
    throw sqliteInWords(file, error);
  } finally {
    close();
  }
}

function refuseOtherSource(revisions: string[] | undefined): void {
  if (revisions === undefined) throw new Refusal("The database of --auth-from has no tables of users.");
  refuseOtherHead(revisions);
}
