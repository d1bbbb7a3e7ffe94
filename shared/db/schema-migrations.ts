import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";

// In the bundle this is dist/, beside which the build puts a copy of the folder.
const folder = join(__dirname, "migrations");

/** MLflow's own schema and seeded rows (but for experiment 0), in an empty current schema. */
export async function createStockSchema(client: ClientBase): Promise<void> {
  await client.query(await readFile(join(folder, "mlflow-3.18.0.sql"), "utf8"));
}

/**
 * Applies our own migrations that are pending, in the order of their numbers, within the caller's transaction.
 * Returns their names. A file may hold several statements, and nothing that can't run in a transaction.
 */
export async function applyMigrations(client: ClientBase): Promise<string[]> {
  const applied = await appliedMigrations(client);
  const pending = (await ownMigrations()).filter((name) => !applied.has(name));
  for (const name of pending) {
    await client.query(await readFile(join(folder, `${name}.sql`), "utf8"));
    await client.query("INSERT INTO mlflow_functions.migrations (name) VALUES ($1)", [name]);
  }
  return pending;
}

async function ownMigrations(): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => /^\d{4}_.*\.sql$/.test(file))
    .map((file) => file.slice(0, -".sql".length))
    .sort();
}

async function appliedMigrations(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query("SELECT WHERE to_regclass('mlflow_functions.migrations') IS NOT NULL");
  if (rows.length === 0) return new Set();
  const { rows: names } = await client.query<{ name: string }>("SELECT name FROM mlflow_functions.migrations");
  return new Set(names.map(({ name }) => name));
}
