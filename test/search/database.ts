import pg from "pg";
import type { Sql } from "../../shared/platform/db/sql.ts";
import { aDatabase } from "../support/app.ts";

/** A database of a test file's own, for what a filter finds and in which order. */
export async function searchDatabase() {
  const database = await aDatabase();
  const db = new pg.Pool({ connectionString: database.uri, max: 1 });
  /** The first column of what a statement answers; the text stands before and after a compiled part. */
  const column = async (before: string, { text, values }: Sql, after = ""): Promise<string[]> => {
    const { rows } = await db.query<[unknown]>({ text: `${before} ${text} ${after}`, values, rowMode: "array" });
    return rows.map(([value]) => String(value));
  };
  const close = async () => {
    await db.end();
    await database.drop();
  };
  return { run: (statements: string) => db.query(statements), column, close };
}
