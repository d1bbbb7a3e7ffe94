/** Databases that old versions of MLflow made (old/make.py). */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type pg from "pg";
import { anEmptyDatabase } from "./databases.ts";

export const oldVersions = ["2.0.1", "2.9.2", "2.22.5", "3.1.4", "3.9.0", "3.16.1", "3.17.2"] as const;
export type OldVersion = (typeof oldVersions)[number];

const unpacked = (name: string): string => gunzipSync(readFileSync(`test/db/old/${name}.gz`)).toString();

export const dumpOf = (version: OldVersion): string => unpacked(`${version}.sql`);

/** A database as these statements make it. */
export async function aDatabaseOf(statements: string) {
  const database = await anEmptyDatabase();
  const made = database.another({ max: 1 });
  await made.query(statements);
  await made.end();
  return database;
}

/** A database as that version made it, and then changed. */
export const anOldDatabase = (version: OldVersion, change = "") => aDatabaseOf(dumpOf(version) + change);

export async function headOf(pool: pg.Pool): Promise<string> {
  return (await pool.query<{ head: string }>("SELECT version_num AS head FROM alembic_version")).rows[0]!.head;
}

/** The rows of each table, as text and in order, that stock's upgrade makes of it. */
export const upgradedByStock = (version: OldVersion): Record<string, string[]> =>
  JSON.parse(unpacked(`${version}.upgraded.json`));

/** The same of a database. */
export async function readRows(pool: pg.Pool): Promise<Record<string, string[]>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  const read: Record<string, string[]> = {};
  for (const { name } of tables) {
    // Jobs are cancelled by the clock.
    const text = name === "jobs" ? "(to_jsonb(t) - 'last_update_time')::text" : "t::text";
    const { rows } = await pool.query<{ text: string }>(
      `SELECT text FROM (SELECT ${text} AS text FROM ${name} t) texts ORDER BY text COLLATE "C"`,
    );
    if (rows.length > 0) read[name] = rows.map((row) => row.text);
  }
  return read;
}
