/** Brings stock's tables of users to the served revision, as `python -m mlflow.server.auth db upgrade` does. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { authRevisions, authRevisionsAfter, authRevisionsTo, refuseOtherHead } from "./auth-tables.ts";
import { unavailable } from "./revisions.ts";

/** Tables by the revision that made them; later ones keep them. */
const made: Record<string, string[]> = {
  "8606fa83a998": ["users", "experiment_permissions", "registered_model_permissions"],
  "0965eb92f5f0": ["scorer_permissions"],
  a1b2c3d4e5f6: ["gateway_secret_permissions", "gateway_endpoint_permissions", "gateway_model_definition_permissions"],
  "2ed73881770d": ["workspace_permissions"],
  c3d4e5f6a7b8: ["roles", "role_permissions", "user_role_assignments"],
};

/**
 * The revisions that are still to be reached; undefined where there are no tables of users.
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where they are of a revision that is not known here, or tables are
 *   missing
 */
export async function authUpgrade(client: ClientBase): Promise<{ from: string; steps: string[] } | undefined> {
  const revisions = await authRevisions(async (statement) => (await client.query(statement)).rows);
  if (!revisions) return undefined;
  const from = revisions[0] ?? "";
  const steps = revisions.length === 1 ? authRevisionsAfter(from) : undefined;
  if (!steps) refuseOtherHead(revisions);
  if (steps?.length) await checkTables(client, from, steps);
  return { from, steps: steps ?? [] };
}

const authTablesBefore = (steps: readonly string[]): string[] =>
  Object.entries(made).flatMap(([revision, tables]) => (steps.includes(revision) ? [] : tables));

async function checkTables(client: ClientBase, from: string, steps: readonly string[]): Promise<void> {
  const needed = authTablesBefore(steps);
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NULL",
    [needed],
  );
  if (rows.length === 0) return;
  const missing = rows.map(({ name }) => name).join(", ");
  throw unavailable(
    `The database says that its tables of users are at revision ${from} (alembic_version_auth), but ${missing} is missing. Restore a whole backup. Nothing was changed.`,
  );
}

/** Takes the steps within the caller's transaction. @param folder of the migrations */
export async function upgradeAuthTables(client: ClientBase, folder: string, steps: readonly string[]): Promise<void> {
  // Who comes after a waiting ALTER TABLE waits behind it.
  await client.query("SET LOCAL lock_timeout = '30s'");
  await takeSteps(client, folder, steps);
  await client.query(`
    CREATE TABLE IF NOT EXISTS alembic_version_auth (version_num varchar(32) CONSTRAINT alembic_version_auth_pkc PRIMARY KEY);
    DELETE FROM alembic_version_auth`);
  await client.query("INSERT INTO alembic_version_auth VALUES ($1)", [steps.at(-1)]);
  await client.query("SET LOCAL lock_timeout = 0");
}

/** The tables of another database, with their rows. */
export interface AuthTablesElsewhere {
  revision: string;
  rows: Readonly<Record<string, readonly object[]>>;
}

/**
 * The tables that a database of these revisions has to have, in the order in which they refer to each other.
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where they are not known here
 */
export function authTablesOf(revisions: readonly string[]): { revision: string; tables: string[] } {
  const [revision = ""] = revisions;
  const steps = revisions.length === 1 ? authRevisionsAfter(revision) : undefined;
  if (!steps) refuseOtherHead(revisions);
  return { revision, tables: authTablesBefore(steps ?? []) };
}

/**
 * What the steps to the served revision make of the tables of another database: answers their rows by table. The steps
 * are taken in temporary tables; the caller rolls its transaction back. This database says what is a prompt.
 * @param folder of the migrations
 */
export async function upgradeAuthRows(
  client: ClientBase,
  folder: string,
  { revision, rows }: AuthTablesElsewhere,
): Promise<(table: string) => Promise<Record<string, unknown>[]>> {
  await client.query("SELECT set_config('search_path', 'pg_temp, ' || current_setting('search_path'), true)");
  await takeSteps(client, folder, authRevisionsTo(revision));
  for (const [table, some] of Object.entries(rows)) await fill(client, table, some);
  await takeSteps(client, folder, authRevisionsAfter(revision) ?? []);
  return async (table) => {
    const { rows: read } = await client.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t`,
    );
    return read.map(({ row }) => row);
  };
}

async function takeSteps(client: ClientBase, folder: string, steps: readonly string[]): Promise<void> {
  for (const revision of steps) await client.query(await readFile(join(folder, "auth", `${revision}.sql`), "utf8"));
}

/** What a step adds later has ids after these. */
async function fill(client: ClientBase, table: string, rows: readonly object[]): Promise<void> {
  await client.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`, [
    JSON.stringify(rows),
  ]);
  await client.query(
    `SELECT setval(pg_get_serial_sequence(attrelid::regclass::text, attname), (SELECT max((to_jsonb(t) ->> 'id')::bigint) FROM ${table} t))
    FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attname = 'id' AND EXISTS (SELECT FROM ${table})`,
  );
}
