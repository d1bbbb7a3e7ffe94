import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { aDatabase } from "../support/app.ts";

let database: Awaited<ReturnType<typeof aDatabase>>;
beforeAll(async () => {
  database = await aDatabase();
});
afterAll(() => database.drop());

it("does not let PostgreSQL compile its statements", async () => {
  const db = new Database(database.uri, parseConfig({}));
  try {
    expect(await db.reading.query(sql`SELECT current_setting('jit') AS jit`)).toEqual([{ jit: "off" }]);
  } finally {
    await db.end();
  }
});
