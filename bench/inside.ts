/** CPU of the app's own part of a request: called as the Node worker calls it, without an HTTP server around it. */
import { resolve } from "node:path";
import type pg from "pg";
import { type LoadedApp, loadApp } from "../local/host/functions-core.ts";
import { invoke } from "../local/host/invocation.ts";
import { httpFunctions, matchFunction } from "../local/host/routes.ts";
import { pageOf } from "./page-of.ts";
import type { SentRequest } from "./recorded.ts";

/** Answers one request; a text is its length. */
type Work = () => Promise<number>;

/** Microseconds of this process's user and system time a call, of `clients` at once for `seconds`. */
export async function cpuInside(work: Work, clients: number, seconds: number): Promise<number> {
  const before = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  let calls = 0;
  const client = async () => {
    while (performance.now() < end) {
      await work();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** The built app in this process, on this database. */
export async function appInside(database: string, entry = "dist/main.cjs"): Promise<LoadedApp> {
  Object.assign(process.env, { MLFLOW_BACKEND_STORE_URI: database, MLFLOW_FUNCTIONS_AUTH: "none" });
  return loadApp(resolve(entry), () => {});
}

/** One invocation of the app. @throws Error where it is not answered with 200 */
export function invocationOf(app: LoadedApp, { method, path, headers, body }: SentRequest): Work {
  const url = new URL(path, "http://localhost");
  const { found, params } = matchFunction(httpFunctions(app.functions, ""), method, url.pathname)!;
  const nullable = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
  const http = {
    url: url.href,
    method,
    body: { bytes: body },
    nullableHeaders: nullable({ ...headers, host: "localhost" }),
    nullableParams: params,
    nullableQuery: nullable(Object.fromEntries(url.searchParams)),
  };
  return async () => {
    const answer = await invoke(app, found.registered, found.binding, { http }, () => {});
    if (answer?.statusCode !== "200") throw new Error(`${method} ${path}: ${answer?.statusCode}`);
    return answer.body?.bytes?.length ?? 0;
  };
}

/** The same statement by pg alone. */
export const statementBy =
  (pool: pg.Pool, statement: pg.QueryConfig): Work =>
  async () =>
    Buffer.from(pageOf((await pool.query(statement)).rows)).length;
