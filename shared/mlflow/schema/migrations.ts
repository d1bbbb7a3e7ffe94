import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClientBase, escapeIdentifier } from "pg";
import { mlflowVersion } from "../version.ts";
import { authUpgrade, upgradeAuthTables } from "./auth-upgrade.ts";
import { fillIn, granted, type OwnTables, refusedSharing } from "./own-tables.ts";

// In the bundle this is dist/, beside which the build puts a copy of the folder.
export const folder = join(__dirname, "migrations");

/** MLflow's own schema and seeded rows (but for experiment 0), in an empty current schema, with the tables of users. */
export async function createStockSchema(client: ClientBase): Promise<void> {
  await client.query(await readFile(join(folder, `mlflow-${mlflowVersion}.sql`), "utf8"));
  await createAuthTables(client);
}

const createAuthTables = async (client: ClientBase) =>
  client.query(await readFile(join(folder, `mlflow-auth-${mlflowVersion}.sql`), "utf8"));

/** What was done to stock's tables of users. */
export interface AuthTables {
  /** Whether they were missing. */
  createdUsers: boolean;
  /** How many steps older ones were brought on. */
  usersSteps: number;
}

/**
 * Makes stock's tables of users where there are none, and brings older ones to the served revision.
 * @throws MlflowError where they are of an unknown revision, MissingGrant where the role may not
 */
export async function addAuthTables(client: ClientBase, own: OwnTables): Promise<AuthTables> {
  const found = await authUpgrade(client);
  if (!found) await granted(own, "change MLflow's tables", () => createAuthTables(client));
  else if (found.steps.length > 0)
    await granted(own, "change MLflow's tables", () => upgradeAuthTables(client, folder, found.steps));
  return { createdUsers: !found, usersSteps: found?.steps.length ?? 0 };
}

/**
 * Applies our own migrations that are pending, in the order of their numbers, within the caller's transaction. Returns
 * their names. A file may hold several statements; all of them must be able to run in a transaction.
 * @throws MissingGrant where the role may not
 */
export async function applyMigrations(client: ClientBase, own: OwnTables): Promise<string[]> {
  const pending = await pendingMigrations(client, own);
  if (pending.length > 0) await createOwnSchema(client, own);
  for (const name of pending) {
    const text = fillIn(await readFile(join(folder, `${name}.sql`), "utf8"), own);
    const right = text.includes(`${escapeIdentifier(own.schema)}.`) ? "use the schema" : "change MLflow's tables";
    await granted(own, right, () => client.query(text));
    await granted(own, "use the schema", () =>
      client.query(`INSERT INTO ${own.migrations} (name) VALUES ($1)`, [name]),
    );
  }
  return pending;
}

/** The names of our own migrations that were not applied yet, in order. */
export async function pendingMigrations(client: ClientBase, own: OwnTables): Promise<string[]> {
  const applied = await granted(own, "use the schema", () => appliedMigrations(client, own));
  return (await ownMigrations()).filter((name) => !applied.has(name));
}

async function createOwnSchema(client: ClientBase, own: OwnTables): Promise<void> {
  const schema = escapeIdentifier(own.schema);
  // IF NOT EXISTS would ask for the right to create even where it exists.
  const { rows } = await client.query("SELECT WHERE to_regnamespace($1) IS NULL", [schema]);
  if (rows.length > 0) await granted(own, "create the schema", () => client.query(`CREATE SCHEMA ${schema}`));
}

async function ownMigrations(): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => /^\d{4}_.*\.sql$/.test(file))
    .map((file) => file.slice(0, -".sql".length))
    .sort();
}

async function appliedMigrations(client: ClientBase, own: OwnTables): Promise<Set<string>> {
  const { rows } = await client.query("SELECT WHERE to_regclass($1) IS NOT NULL", [own.migrations]);
  if (rows.length === 0) return new Set();
  // The first versions did not say whose a row is.
  const { rows: applied } = await client.query<{ name: string; mlflow: string | null }>(
    `SELECT name, to_jsonb(row)->>'mlflow_schema' AS mlflow FROM ${own.migrations} row`,
  );
  const other = applied.find(({ mlflow }) => mlflow !== null && mlflow !== own.mlflow);
  if (other) throw refusedSharing(own, other.mlflow!);
  return new Set(applied.map(({ name }) => name));
}
