/** Databases that old versions of MLflow made (old/make.py). */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type pg from "pg";
import { anEmptyDatabase } from "./databases.ts";

export const oldVersions = ["2.0.1", "2.9.2", "2.22.5", "3.1.4", "3.9.0", "3.16.1", "3.17.2"] as const;
export type OldVersion = (typeof oldVersions)[number];

const unpacked = (name: string): string => gunzipSync(readFileSync(`test/db/old/${name}.gz`)).toString();

/** A database as that version made it. */
export async function anOldDatabase(version: OldVersion, change = "") {
  const database = await anEmptyDatabase();
  await database.pool.query(unpacked(`${version}.sql`) + change);
  return database;
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
