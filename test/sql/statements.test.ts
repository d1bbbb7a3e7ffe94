import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { routesWithSql, statementsOf } from "../../cli/sql-statements.ts";
import { defaultScope } from "../../shared/platform/db/scope.ts";
import { aDatabase } from "../support/app.ts";

let database: Awaited<ReturnType<typeof aDatabase>>;
let client: pg.Client;
const printed = new Map<string, string[]>();
/** The same by group, as text. */
const texts = new Map<string, string[]>();

const withoutIds = (text: string) =>
  text
    .replace(/scrypt:[^']+/g, "<a new hash>")
    .replace(/(?!0123456789abcdef)(?<![0-9a-f])[0-9a-f]{8}(-?)([0-9a-f]{4}\1){3}[0-9a-f]{12}/g, "<a new id>");

beforeAll(async () => {
  database = await aDatabase();
  client = new pg.Client({ connectionString: database.uri });
  await client.connect();
  for (const route of await routesWithSql()) {
    const statements = await statementsOf(route);
    printed.set(route.name, statements);
    const text = withoutIds(`-- ${route.name}\n${statements.join("\n\n")}\n`);
    texts.set(route.group, [...(texts.get(route.group) ?? []), text]);
  }
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

it("has an example of each route that uses the database, and each sends a statement", () => {
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
    elsewhere.set(route.name, await statementsOf(route, { ...defaultScope, workspace: "elsewhere" }));
  // A user's own role lies in the one workspace there is.
  const ofWorkspaces = [...printed].filter(([name]) => !/ (users|roles)\//.test(name));
  for (const [name, statements] of ofWorkspaces)
    expect(elsewhere.get(name)!.map(withoutIds), name).toEqual(
      statements.map((statement) => withoutIds(statement).replaceAll("'default'", "'elsewhere'")),
    );
  expect(elsewhere.get("GET experiments/get")!.join()).toContain("e.workspace = 'elsewhere'");
});

it("sends the statements that the file of its group shows", async () => {
  for (const [group, of] of texts) await expect(of.join("\n")).toMatchFileSnapshot(`statements/${group}.sql`);
});
