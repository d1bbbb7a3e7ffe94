/** Makes an ordinary role of PostgreSQL for the app's identity, and grants it what the app needs. */
import { type ClientBase, escapeIdentifier } from "pg";
import { ownTables } from "../shared/mlflow/schema/own-tables.ts";
import type { Config } from "../shared/platform/config.ts";
import { sqlState } from "../shared/platform/db/errors.ts";
import { TargetPool } from "../shared/platform/db/target-pool.ts";
import { poolOptions } from "../shared/platform/db/uri.ts";
import { Misuse, Refusal } from "../shared/tools/refusal.ts";

export interface Grantee {
  name: string;
  /** Of the identity in Entra: its principal id. */
  objectId: string | undefined;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws Misuse for what can't be the name of a role that is made here, or is no object id */
export function readGrantee(name: string, objectId: string | undefined): Grantee {
  const problem = problemOf(name);
  if (problem)
    throw new Misuse(`--grant takes the name of an identity, which is that of its role: this one ${problem}.`);
  if (objectId !== undefined && !guid.test(objectId))
    throw new Misuse("--object-id takes the object (principal) id of the identity, as az identity show prints it.");
  return { name, objectId };
}

function problemOf(name: string): string | undefined {
  if (name.trim() === "") return "is empty";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(name)) return "has control characters";
  if (Buffer.byteLength(name) > 63) return "has more than PostgreSQL's 63 bytes";
  if (/^(pg_|azure_|azuresu$)/i.test(name)) return "begins like the server's own roles";
  if (/^(public|none|current_user|current_role|session_user)$/i.test(name)) return "means something else in SQL";
  return undefined;
}

/**
 * Whether the database has MLflow's tables: in an empty one the first request makes them, as the app's own role.
 * @throws Refusal where they are not this login's to grant on
 */
export async function hasTables(client: ClientBase, config: Config): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>("SELECT to_regclass('alembic_version') IS NOT NULL AS found");
  if (!rows[0]!.found) return false;
  const { mlflow, schema, role } = await ownTables(client, config.MLFLOW_FUNCTIONS_SCHEMA);
  await checkOwners(client, [mlflow, schema], role);
  return true;
}

/**
 * Safe to repeat. Answers what was done.
 * @param client of the tracking database
 * @throws Refusal where this login may not, with who may
 */
export async function grantAccess(client: ClientBase, config: Config, grantee: Grantee): Promise<string> {
  const made = await withServersDatabase(client, config, (server) => makeRole(server, grantee));
  await client.query("BEGIN");
  try {
    const granted = await grantAll(client, config, grantee.name);
    await client.query("COMMIT");
    return `${made} ${granted}`;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/** On Azure, roles of Entra are made in the database `postgres`. */
async function withServersDatabase<T>(client: ClientBase, config: Config, work: (client: ClientBase) => Promise<T>) {
  const { options, targets } = poolOptions(config.MLFLOW_BACKEND_STORE_URI!, config);
  const pool = new TargetPool({ ...options, database: "postgres", max: 1 }, targets);
  try {
    const server = await pool.connect().catch((error: Error) => {
      if (/^(3D000|42501)$/.test(sqlState(error) ?? "")) return undefined;
      throw error;
    });
    return await work(server ?? client).finally(() => server?.release());
  } finally {
    await pool.end();
  }
}

async function makeRole(server: ClientBase, { name, objectId }: Grantee): Promise<string> {
  const { rows } = await server.query<{ known: boolean; byEntra: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS known,
      to_regprocedure('pgaadauth_create_principal_with_oid(text,text,text,boolean,boolean)') IS NOT NULL AS "byEntra"`,
    [name],
  );
  const { known, byEntra } = rows[0]!;
  const role = escapeIdentifier(name);
  if (known) return `The role ${role} is there already.`;
  if (byEntra && objectId === undefined)
    throw new Refusal(
      "On Azure a role belongs to an identity's object id: add --object-id, which `az identity show --query principalId` prints.",
    );
  const create = byEntra
    ? { text: "SELECT pgaadauth_create_principal_with_oid($1, $2, 'service', false, false)", values: [name, objectId] }
    : { text: `CREATE ROLE ${role} LOGIN` };
  await server.query(create).catch((error: Error) => {
    if (sqlState(error) !== "42501") throw error;
    throw new Refusal(
      `This login may not make roles (${error.message}): an administrator of the server has to run this.`,
    );
  });
  return byEntra
    ? `Made the role ${role} for the identity ${objectId}.`
    : `Made the role ${role}. It has no password yet: give it one by \\password ${role} in psql.`;
}

interface Place {
  mlflow: string | null;
  database: string;
  /** Who runs this. */
  role: string;
}

async function grantAll(client: ClientBase, config: Config, name: string): Promise<string> {
  const own = await ownTables(client, config.MLFLOW_FUNCTIONS_SCHEMA);
  const { mlflow, database, role }: Place = own;
  if (mlflow === null)
    throw new Refusal("There is none of the schemas in the search_path of the URI: create one first.");
  const [to, db] = [escapeIdentifier(name), escapeIdentifier(database)];
  if (name === role) throw new Refusal(`${to} is who runs this: another login has to grant to it.`);
  await run(client, `GRANT CONNECT, CREATE ON DATABASE ${db} TO ${to}`);
  await run(client, `GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(mlflow)} TO ${to}`);
  await checkPlaces(client, { ...own, mlflow }, name);
  const may = `It may connect to ${db}, and create tables and a schema there.`;
  if (!(await hasTables(client, config))) return `${may} The first request makes the tables, which are then its own.`;
  const schemas = await existing(client, [...new Set([mlflow, own.schema])]);
  for (const schema of schemas) await grantOn(client, escapeIdentifier(schema), to);
  return `${may} It may read and change all tables in ${schemas.map(escapeIdentifier).join(" and ")}, also those that ${escapeIdentifier(role)} adds.`;
}

async function grantOn(client: ClientBase, schema: string, to: string): Promise<void> {
  const tables = "SELECT, INSERT, UPDATE, DELETE";
  const sequences = "USAGE, SELECT, UPDATE";
  await run(client, `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${to}`);
  await run(client, `GRANT ${tables} ON ALL TABLES IN SCHEMA ${schema} TO ${to}`);
  await run(client, `GRANT ${sequences} ON ALL SEQUENCES IN SCHEMA ${schema} TO ${to}`);
  await run(client, `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${tables} ON TABLES TO ${to}`);
  await run(client, `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${sequences} ON SEQUENCES TO ${to}`);
}

async function run(client: ClientBase, statement: string): Promise<void> {
  await client.query(statement).catch((error: Error) => {
    if (sqlState(error) !== "42501") throw error;
    throw new Refusal(`This login may not do that (${error.message}). As an administrator run \`${statement};\``);
  });
}

/** Without the right to grant, GRANT may do nothing and only warn. */
async function checkPlaces(client: ClientBase, { mlflow, database }: Place & { mlflow: string }, name: string) {
  const { rows } = await client.query<{ inDatabase: boolean; inSchema: boolean }>(
    `SELECT has_database_privilege($1, $2, 'CREATE') AS "inDatabase", has_schema_privilege($1, $3, 'CREATE') AS "inSchema"`,
    [name, database, mlflow],
  );
  const { inDatabase, inSchema } = rows[0]!;
  const to = escapeIdentifier(name);
  const lacking = [
    ...(inDatabase ? [] : [`GRANT CONNECT, CREATE ON DATABASE ${escapeIdentifier(database)} TO ${to};`]),
    ...(inSchema ? [] : [`GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(mlflow)} TO ${to};`]),
  ];
  if (lacking.length > 0)
    throw new Refusal(`This login may not grant that. As the owner or an administrator run \`${lacking.join(" ")}\``);
}

async function existing(client: ClientBase, schemas: string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT nspname::text AS name FROM pg_namespace WHERE nspname = ANY($1) ORDER BY array_position($1, nspname::text)",
    [schemas],
  );
  return rows.map((row) => row.name);
}

/** Only who owns a table, or is a member of who does, can grant on it. */
async function checkOwners(client: ClientBase, schemas: string[], role: string): Promise<void> {
  const { rows } = await client.query<{ owner: string }>(
    `SELECT DISTINCT pg_get_userbyid(c.relowner)::text AS owner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'S', 'v') AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1`,
    [schemas],
  );
  if (rows.length === 0) return;
  const owners = rows.map(({ owner }) => escapeIdentifier(owner));
  throw new Refusal(
    `Tables of MLflow belong to ${owners.join(" and ")}, who alone can grant on them: run this as that role, or first \`GRANT ${owners.join(", ")} TO ${escapeIdentifier(role)};\``,
  );
}
