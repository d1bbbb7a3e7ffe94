/** The statements a route sends, with its values in place, to be pasted into psql. */
import pg from "pg";
import { parseConfig } from "../shared/platform/config.ts";
import { makeContext } from "../shared/platform/context.ts";
import type { Db } from "../shared/platform/db/database.ts";
import { defaultScope, type Scope } from "../shared/platform/db/scope.ts";
import type { Sql } from "../shared/platform/db/sql.ts";
import type { Request } from "../shared/platform/http/request.ts";
import type { Route } from "../shared/platform/http/route.ts";
import { anonymous } from "../shared/platform/identity/caller.ts";
import { readApp } from "./app.ts";
import { examples } from "./sql-examples.ts";

/** A route as the examples name it: its method, and its path below `2.0/mlflow`. */
export const nameOf = ({ method, path }: Route): string => `${method} ${path.replace(/^\d\.0\/mlflow\//, "")}`;

/** The served routes that send statements of their own. The files of the page use those of other routes. */
export async function routesWithSql(): Promise<Route[]> {
  const { allRoutes } = await readApp();
  return (await allRoutes()).filter(
    (route) =>
      route.db &&
      !route.notServed &&
      !route.binary &&
      (!route.path.startsWith("/") || nameOf(route) === "POST /graphql"),
  );
}

/** The statements of a route as text, each with a semicolon at its end. */
export async function statementsOf(route: Route, scope: Scope = defaultScope): Promise<string[]> {
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
    scope,
  };
  const { config, facts, blobs, tables } = makeContext(parseConfig(process.env));
  const caller = { who: "example", user: anonymous, requestId: "", warn: () => {} };
  const context = { db, caller, config, facts, blobs, tables, request: {} as Request };
  // Errors of a handler do not matter here: it works on made-up rows.
  await route.handle(parsed.data, context).catch(() => {});
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
