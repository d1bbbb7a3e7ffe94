/** The statements a route sends, with its values in place, to be pasted into psql. */
import pg from "pg";
import { parseConfig } from "../shared/platform/config.ts";
import { makeContext } from "../shared/platform/context.ts";
import type { Db } from "../shared/platform/db/database.ts";
import { defaultScope, type Scope } from "../shared/platform/db/scope.ts";
import type { Statement } from "../shared/platform/db/sql.ts";
import type { Group } from "../shared/platform/http/group.ts";
import type { Request } from "../shared/platform/http/request.ts";
import type { Route } from "../shared/platform/http/route.ts";
import { anonymous } from "../shared/platform/identity/caller.ts";
import { readApp } from "./app.ts";

/** What `npm run sql` sends to a route. */
interface Example {
  input: Record<string, unknown>;
  /** What the statements find, in their order; nothing where it is left out. */
  rows?: object[][];
}

/** A served route that sends statements of its own, with its example from the group's `examples.ts`. */
export interface RouteWithSql {
  group: string;
  /** Its method, and its path below `2.0/mlflow`; below `mlflow` where two versions have that path. */
  name: string;
  route: Route;
  example?: Example;
}

const noTokens = () => Promise.reject(new Error("No example is of API tokens."));

const nameOf = ({ method, path }: Route): string => `${method} ${path.replace(/^\d\.0\/mlflow\//, "")}`;

function namesOf(routes: readonly Route[]): string[] {
  const names = routes.map(nameOf);
  const isTwice = (name: string) => names.filter((other) => other === name).length > 1;
  return routes.map((route, index) => {
    const name = names[index]!;
    return isTwice(name) ? `${route.method} ${route.path.replace("/mlflow/", "/")}` : name;
  });
}

/** The files of the page are left out: they use the statements of other routes. */
const sendsSql = (route: Route): boolean =>
  Boolean(route.db) &&
  !route.notServed &&
  !route.binary &&
  (!route.path.startsWith("/") || nameOf(route) === "POST /graphql");

export async function routesWithSql(): Promise<RouteWithSql[]> {
  const { groups } = await readApp();
  return (await Promise.all(groups.map(routesOf))).flat();
}

async function routesOf(group: Group): Promise<RouteWithSql[]> {
  const routes = (await group.routes()).filter(sendsSql);
  if (routes.length === 0) return [];
  const { examples }: { examples: Record<string, Example> } = await import(`../functions/${group.name}/examples.ts`);
  const names = namesOf(routes);
  const unused = Object.keys(examples).find((name) => !names.includes(name));
  if (unused) throw new Error(`functions/${group.name}/examples.ts has an example of a route that is none: ${unused}`);
  return routes.map((route, index) => {
    const name = names[index]!;
    return { group: group.name, name, route, example: examples[name] };
  });
}

/** The statements of a route as text, each with a semicolon at its end. */
export async function statementsOf(
  { name, route, example }: RouteWithSql,
  scope: Scope = defaultScope,
): Promise<string[]> {
  const { input, rows = [] } = example ?? {};
  const sent: string[] = [];
  const query = async <Row extends object>(statement: Statement): Promise<Row[]> => {
    const found = rows[sent.length] ?? [];
    sent.push(`${written(statement)};`);
    return found as Row[];
  };
  await callWith(query, { name, route }, input, scope);
  return sent;
}

/**
 * Calls a route's handler as an admin's request does, with a database of the caller's own. Errors of the handler do not
 * matter: it may work on made-up rows.
 * @throws Error where the route does not take the input
 */
export async function callWith(
  query: Db["query"],
  { name, route }: Pick<RouteWithSql, "name" | "route">,
  input: unknown,
  scope: Scope = defaultScope,
): Promise<void> {
  const parsed = route.input.safeParse(input);
  if (!parsed.success) throw new Error(`The input of ${name} is wrong: ${parsed.error.message}`);
  const db: Db = {
    query,
    text: async (statement) => Object.values((await query<object>(statement))[0] ?? {})[0] as string | undefined,
    scope,
  };
  const { config, facts, hashing, blobs, tables } = makeContext(parseConfig(process.env));
  const caller = { who: "example", user: anonymous, requestId: "", warn: () => {} };
  const signIn = { user: async () => anonymous, isAdminByToken: async () => true, tokens: noTokens };
  const context = { db, caller, signIn, config, facts, hashing, blobs, tables, request: {} as Request };
  try {
    await route.handle(parsed.data, context);
  } catch {
    // It worked on made-up rows.
  }
}

/** A statement with its values written into it. */
function written({ text, values }: Statement): string {
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
