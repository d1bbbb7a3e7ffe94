/** Reads the users of a stock server's own auth database, PostgreSQL or SQLite, of any revision. */
import { authRevisions, firstAuthRevision } from "../shared/mlflow/schema/auth-tables.ts";
import { type AuthTablesElsewhere, authTablesOf } from "../shared/mlflow/schema/auth-upgrade.ts";
import type { Config } from "../shared/platform/config.ts";
import { Database } from "../shared/platform/db/database.ts";
import { raw, sql } from "../shared/platform/db/sql.ts";
import { problemOf } from "../shared/platform/db/uri.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { openSqliteFile, sqliteInWords } from "./sqlite-file.ts";

type Row = Record<string, unknown>;

/** What is read in either kind of database. */
interface Source {
  /** Of `alembic_version_auth`; undefined where there are no tables of users. */
  revisions: string[] | undefined;
  has(table: string): Promise<boolean>;
  rows(table: string): Promise<Row[]>;
}

/**
 * @param uri `sqlite:///file` as stock has it, or a PostgreSQL one
 * @throws Refusal for what can't be read, MlflowError where the tables are of an unknown revision
 */
export function readAuthTables(uri: string, config: Config): Promise<AuthTablesElsewhere> {
  const [, file] = /^sqlite(?:\+\w+)?:\/\/\/(.+)$/.exec(uri) ?? [];
  return file === undefined ? fromPostgres(uri, config) : fromSqlite(decodeURI(file));
}

async function fromPostgres(uri: string, config: Config): Promise<AuthTablesElsewhere> {
  const problem = problemOf(uri);
  if (problem !== undefined) throw new Refusal(`The URI of --auth-from ${problem}.`);
  const db = new Database(uri, config);
  try {
    const { query } = db.reading;
    return await tablesIn({
      revisions: await authRevisions(query),
      has: async (table) => (await query(sql`SELECT WHERE to_regclass(${table}) IS NOT NULL`)).length > 0,
      rows: (table) => query<Row>(sql`SELECT * FROM ${raw(table)} ORDER BY 1`),
    });
  } finally {
    await db.end();
  }
}

async function fromSqlite(file: string): Promise<AuthTablesElsewhere> {
  const { db, close } = await openSqliteFile(file);
  const rows = async (table: string) => db.all(`SELECT * FROM ${table} ORDER BY 1`) as Row[];
  try {
    const tables = db.all("SELECT name FROM sqlite_master").map(({ name }) => name);
    const has = async (table: string) => tables.includes(table);
    const versions = (await has("alembic_version_auth")) ? await rows("alembic_version_auth") : undefined;
    const unnamed = (await has("users")) ? [firstAuthRevision] : undefined;
    const revisions = versions?.map((row) => String(row.version_num)) ?? unnamed;
    return await tablesIn({ revisions, has, rows });
  } catch (error) {
    throw sqliteInWords(file, error);
  } finally {
    close();
  }
}

async function tablesIn({ revisions, has, rows }: Source): Promise<AuthTablesElsewhere> {
  if (revisions === undefined) throw new Refusal("The database of --auth-from has no tables of users.");
  const { revision, tables } = authTablesOf(revisions);
  const read: Record<string, Row[]> = {};
  for (const table of tables) {
    if (!(await has(table)))
      throw new Refusal(`The database of --auth-from is at revision ${revision}, but has no table ${table}.`);
    read[table] = await rows(table);
  }
  return { revision, rows: withTheirOwners(read) };
}

/** SQLite does not check references: rows of users and roles that are gone give nobody anything. */
function withTheirOwners(read: Record<string, Row[]>): Record<string, Row[]> {
  const ids = (table: string) => new Set(read[table]?.map(({ id }) => id));
  const [users, roles] = [ids("users"), ids("roles")];
  const isOwned = ({ user_id: user, role_id: role }: Row) =>
    (user === undefined || users.has(user)) && (role === undefined || roles.has(role));
  return Object.fromEntries(Object.entries(read).map(([table, rows]) => [table, rows.filter(isOwned)]));
}
