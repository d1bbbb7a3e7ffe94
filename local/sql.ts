/** `npm run sql`: the statements a route sends, with its values in place, to be pasted into psql. */
import { parseArgs } from "node:util";
import pg from "pg";
import { allRoutes } from "../functions/main.ts";
import { config } from "../shared/platform/config.ts";
import type { Db } from "../shared/platform/db/database.ts";
import type { Sql } from "../shared/platform/db/sql.ts";
import type { Request } from "../shared/platform/http/request.ts";
import type { Route } from "../shared/platform/http/route.ts";
import { examples } from "./sql-examples.ts";

const help = `Usage: npm run sql -- [part of a route, such as runs/get]

Prints the SQL statements of the routes whose method and path contain the text, of all routes without one. The input of each route is an
example from local/sql-examples.ts. Nothing is sent to a database, so what follows a statement that finds nothing is not shown.
`;

/** A route as the examples name it: its method, and its path below `2.0/mlflow`. */
export const nameOf = ({ method, path }: Route): string => `${method} ${path.replace(/^\d\.0\/mlflow\//, "")}`;

/** The served routes that send statements of their own. GraphQL and the files of the page use those of other routes. */
export const routesWithSql = async (): Promise<Route[]> =>
  (await allRoutes()).filter(({ db, notServed, path, binary }) => db && !notServed && !path.startsWith("/") && !binary);

/** The statements of a route as text, each with a semicolon at its end. */
export async function statementsOf(route: Route): Promise<string[]> {
  const { input, rows = [] } = examples[nameOf(route)] ?? {};
  const parsed = route.input.safeParse(input);
  if (!parsed.success) throw new Error(`The example of ${nameOf(route)} is wrong: ${parsed.error.message}`);
  const sent: string[] = [];
  const query = async <Row extends object>(statement: Sql): Promise<Row[]> => {
    const found = rows[sent.length] ?? [];
    sent.push(`${written(statement)};`);
    return found as Row[];
  };
  const db: Db = {
    query,
    text: async (statement) => Object.values((await query(statement))[0] ?? {})[0] as string | undefined,
  };
  const caller = { who: "example", requestId: "", warn: () => {} };
  // What a handler does with the answers does not matter here.
  await route.handle(parsed.data, { db, caller, config: config(), request: {} as Request }).catch(() => {});
  return sent;
}

/** A statement with its values written into it. */
function written({ text, values }: Sql): string {
  const filled = text.replace(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1]));
  return filled.replace(/\n {4}/g, "\n").trim();
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return pg.escapeLiteral(arrayText(value));
  return pg.escapeLiteral(String(value));
}

const arrayText = (items: unknown[]): string =>
  `{${items.map((item) => (Array.isArray(item) ? arrayText(item) : JSON.stringify(String(item)))).join(",")}}`;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: { help: { type: "boolean" } }, allowPositionals: true });
  if (values.help) return console.log(help);
  const wanted = positionals.join(" ");
  const routes = (await routesWithSql()).filter((route) => nameOf(route).includes(wanted));
  if (routes.length === 0)
    throw new Error(`No route that uses the database is called '${wanted}': npm run routes lists all.`);
  for (const route of routes) console.log(`-- ${nameOf(route)}\n${(await statementsOf(route)).join("\n\n")}\n`);
}

if (require.main === module)
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
