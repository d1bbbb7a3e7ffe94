import { app, type HttpMethod } from "@azure/functions";
import { z } from "zod";
import type { Caller } from "../auth/caller.ts";
import { staticPrefix } from "../config.ts";
import type { Db } from "../db/database.ts";
import { MlflowError } from "./errors.ts";
import type { Reply } from "./reply.ts";
import type { BodyLimits, Request } from "./request.ts";

/** What a handler is given beside its parsed input. */
export interface Context {
  db: Db;
  request: Request;
  caller: Caller;
}

/** JSON text as Postgres built it, an object to write as JSON, or a whole answer. */
export type Answer = string | object | Reply;

/**
 * How a route uses the database. `read`: the pool, or the read replica. `write`: one transaction. `writeOne`: one
 * statement that is its own transaction. `none`: not at all, so that it answers while the database is away.
 * Writes are repeated after deadlocks and serialisation failures.
 */
export type Kind = "read" | "write" | "writeOne" | "none";

export interface RouteOptions {
  /** Serve under this prefix only; else under both. */
  only?: "api" | "ajax-api";
  /** The body is bytes, not JSON. */
  binary?: true;
  /** How large a JSON body may be, where other than usual. */
  body?: BodyLimits;
}

export interface Route {
  kind: Kind;
  method: HttpMethod;
  /** `2.0/mlflow/runs/create`, with `:name` segments and a closing `**:name`. */
  path: string;
  options: RouteOptions;
  /** Why the route answers 501. */
  notServed?: string;
  parse(input: unknown): { success: true; data: unknown } | { success: false; error: z.ZodError };
  handle(input: unknown, context: Context): Promise<Answer>;
}

type Declare = <Schema extends z.ZodType>(
  spec: `${HttpMethod} ${string}`,
  schema: Schema,
  handler: (input: z.output<Schema>, context: Context) => Promise<Answer> | Answer,
  options?: RouteOptions,
) => Route;

const declare =
  (kind: Kind): Declare =>
  (spec, schema, handler, options = {}) => {
    const [method, path] = spec.split(" ") as [HttpMethod, string];
    return {
      kind,
      method,
      path,
      options,
      parse: (input) => schema.safeParse(input),
      // The pipeline passes only what `parse` answered.
      handle: async (input, context) => handler(input as z.output<typeof schema>, context),
    };
  };

export const read = declare("read");
export const write = declare("write");
export const writeOne = declare("writeOne");
export const plain = declare("none");

/** The full paths a route is served at. A path with a leading slash stands for itself. */
export function pathsOf(route: Route): string[] {
  if (route.path.startsWith("/")) return [route.path];
  const prefixes = route.options.only ? [route.options.only] : ["api", "ajax-api"];
  return prefixes.map((prefix) => `/${prefix}/${route.path}`);
}

/**
 * Routes that stock serves and this app does not: each answers 501 with the reason. `specs` holds one route a line.
 */
export function notImplemented(reason: string, specs: string, options: RouteOptions = {}): Route[] {
  const lines = specs.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).map((spec) => ({
    ...plain(
      spec as `${HttpMethod} ${string}`,
      z.unknown(),
      () => {
        throw new MlflowError("NOT_IMPLEMENTED", reason);
      },
      { ...options, binary: true },
    ),
    notServed: reason,
  }));
}

export interface Group {
  name: string;
  /** The route template of the group's function, which ends in `{*rest}` where its routes have a closing `**:name`. */
  template: string;
  routes: readonly Route[];
}

export interface GroupOptions {
  /** The function's name where it is not the group's: the host sorts functions by name and takes the first that matches. */
  functionName?: string;
  /** The function's route template. */
  template?: string;
}

const methods: HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/**
 * Declares an API group: one HTTP-triggered function that dispatches to its routes. The request pipeline is loaded
 * with the first request.
 */
export function group(name: string, routes: readonly Route[], options: GroupOptions = {}): Group {
  const template = options.template ?? `{api}/{version}/mlflow/${name}/{*rest}`;
  const declared = { name, template, routes };
  app.http(options.functionName ?? name, {
    methods,
    authLevel: "anonymous",
    route: `${staticPrefix()}/${template}`.slice(1),
    handler: async (request, context) => {
      const { serve } = await import("./serve.ts");
      return serve(declared, request, context);
    },
  });
  return declared;
}
