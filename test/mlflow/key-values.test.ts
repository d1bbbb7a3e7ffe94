import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { keyValuesText } from "../../shared/mlflow/json-sql.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { aDatabase } from "../support/app.ts";

let database: Awaited<ReturnType<typeof aDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await aDatabase();
  client = new pg.Client({ connectionString: database.uri });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Pair {
  key: string;
  value: string | null;
}

async function textOf(pairs: readonly Pair[]): Promise<string | null> {
  const rows = sql`json_to_recordset(${JSON.stringify(pairs)}::json) AS t(key text, value text)`;
  const { text, values } = sql`SELECT ${keyValuesText(sql`t`)} AS text FROM ${rows}`;
  const { rows: answered } = await client.query<{ text: string | null }>(text, [...values]);
  return answered[0]!.text;
}

const pieces = [
  "a",
  "é",
  "\u{1f600}",
  " ",
  '"',
  "\\",
  "\\u0001",
  "\u0001",
  "\n",
  "\u007f",
  '","value":"',
  '"},{"key":"',
  "{",
  "'",
];
const text = fc.oneof(
  fc.constantFrom("plain", "with space", ""),
  fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((each) => each.join("")),
);

it("are the same in JSON, whatever characters they have", async () => {
  const pairs = fc.array(fc.record({ key: text, value: fc.option(text) }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(pairs, async (given) => {
      const expected = given.map(({ key, value }) => ({ key, value: value ?? "" }));
      expect(await textOf(given)).toBe(JSON.stringify(expected));
    }),
    { numRuns: 500 },
  );
});

it("are NULL where there are none", async () => {
  expect(await textOf([])).toBeNull();
});
