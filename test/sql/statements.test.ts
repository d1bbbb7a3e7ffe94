import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { examples } from "../../cli/sql-examples.ts";
import { nameOf, routesWithSql, statementsOf } from "../../cli/sql-statements.ts";
import { defaultScope } from "../../shared/platform/db/scope.ts";
import { aDatabase } from "../support/app.ts";

let database: Awaited<ReturnType<typeof aDatabase>>;
let client: pg.Client;
const printed = new Map<string, string[]>();

const withoutIds = (text: string) => text.replace(/(?!0123456789abcdef)(?<![0-9a-f])[0-9a-f]{32}/g, "<a new id>");

beforeAll(async () => {
  database = await aDatabase();
  client = new pg.Client({ connectionString: database.uri });
  await client.connect();
  for (const route of await routesWithSql()) printed.set(nameOf(route), await statementsOf(route));
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

it("has an example of each route that uses the database, and each sends a statement", () => {
  expect(Object.keys(examples).sort()).toEqual([...printed.keys()].sort());
  for (const [name, statements] of printed) expect(statements, name).not.toEqual([]);
});

it("prints what PostgreSQL takes as it is", async () => {
  for (const [name, statements] of printed)
    for (const statement of statements) {
      await client.query("BEGIN");
      await client.query(`EXPLAIN ${statement}`).catch((error: Error) => expect.fail(`${name}: ${error.message}`));
      await client.query("ROLLBACK");
    }
});

it("takes the workspace from the scope that the database is handed down with", async () => {
  const elsewhere = new Map<string, string[]>();
  for (const route of await routesWithSql())
    elsewhere.set(nameOf(route), await statementsOf(route, { ...defaultScope, workspace: "elsewhere" }));
  for (const [name, statements] of printed)
    expect(elsewhere.get(name)!.map(withoutIds), name).toEqual(
      statements.map((statement) => withoutIds(statement).replaceAll("'default'", "'elsewhere'")),
    );
  expect(elsewhere.get("GET experiments/get")!.join()).toContain("e.workspace = 'elsewhere'");
});

it("sends the statements that statements.sql shows", async () => {
  const text = [...printed].map(([name, statements]) => `-- ${name}\n${statements.join("\n\n")}\n`).join("\n");
  await expect(withoutIds(text)).toMatchFileSnapshot("statements.sql");
});
