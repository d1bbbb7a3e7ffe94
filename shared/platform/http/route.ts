import type { HttpMethod } from "@azure/functions";
import type { z } from "zod";
import type { BlobStorage } from "../azure/blobs.ts";
import type { AppTables } from "../azure/circuit.ts";
import type { Config } from "../config.ts";
import type { Db } from "../db/database.ts";
import type { Caller, User } from "../identity/caller.ts";
import type { Facts } from "../identity/facts.ts";
import type { Few } from "../identity/few.ts";
import type { TokenKeeper } from "../identity/token-keeper.ts";
import type { JsonParts, Reply } from "./reply.ts";
import type { BodyLimits, Request } from "./request.ts";

export interface SignIn {
  /** @throws MlflowError UNAUTHENTICATED where nobody has signed in */
  user(): Promise<User>;
  /**
   * Whether the caller is an admin by the settings and a token alone, for when the database is away.
   * @throws MlflowError as `user`
   */
  isAdminByToken(): Promise<boolean>;
  /** The API tokens of all. */
  tokens(): Promise<TokenKeeper>;
}

/** What a handler is given beside its parsed input. */
export interface Context {
  db: Db;
  request: Request;
  caller: Caller;
  /** Who asks, for routes that are open and tell more to who has signed in. */
  signIn: SignIn;
  config: Config;
  /** What permission decisions found out earlier. */
  facts: Facts;
  hashing: Few;
  blobs: BlobStorage;
  tables: AppTables;
}

/**
 * What a rule is given beside the input. Its `db` reads the primary: a replica may not have yet what was just created.
 */
export type Asking = Context;

/** Who may call a route. It is asked before the handler, and not for admins. */
export interface Rule<Input> {
  /** How lists of routes name it. */
  text: string;
  /** Answers everyone, signed in or not. */
  open?: true;
  /** The route is not there where nobody signs in. */
  onlySignedIn?: true;
  /** The route grants the caller what it creates, so that what is remembered of their grants is out of date then. */
  grants?: true;
  /** The route changes what someone may do. */
  changesRights?: true;
  /** @throws MlflowError where the caller may not */
  check: (input: Input, asking: Asking) => Checked;
}

/** Nothing where a rule could be decided by what is known, else a promise. */
export type Checked = Promise<void> | void;

/** Whoever has signed in. */
export const signedIn: Rule<unknown> = { text: "signed in", check: () => {} };

/** Everyone. */
export const open: Rule<unknown> = { text: "open", open: true, check: () => {} };

/** JSON text as Postgres built it, an object to write as JSON, or a whole answer. */
export type Answer = string | JsonParts | object | Reply;

/**
 * How a route uses the database. `read`: a statement that changes nothing, on the read replica where there is one.
 * `statement`: one statement, its own transaction. `transaction`: several statements. Both are repeated after deadlocks
 * and serialisation failures.
 */
export type DbUse = "read" | "statement" | "transaction";

export interface RouteOptions {
  /** Serve under this prefix only; else under both. */
  only?: "api" | "ajax-api";
  /** The body is bytes, not JSON. */
  binary?: true;
  /** How large a JSON body may be, where other than usual. */
  body?: BodyLimits;
}

/** What a request did that the audit log keeps. */
export interface Audited {
  /** `<noun>.<verb>`: `run.deleted`, `role.granted`. */
  what: string;
  /** The id or name of what it was done to. */
  of: string;
  /** More that tells what was done, without secrets. */
  detail?: Record<string, string | number | boolean>;
}

/** A route as its group's table has it. */
interface RouteRecord<Schema extends z.ZodType> extends RouteOptions {
  /** Method and path: `POST 2.0/mlflow/runs/create`, with `:name` segments and a closing `**:name`. */
  at: `${HttpMethod} ${string}`;
  input: Schema;
  /** Who may. */
  may: Rule<z.output<Schema>>;
  /** Left out where the route does not use the database for its work: it answers while the database is away. */
  db?: DbUse;
  run(input: z.output<Schema>, context: Context): Promise<Answer> | Answer;
  /** What the audit log keeps of a request that was answered with success; left out where that is nothing. */
  audit?(input: z.output<Schema>, answer: Answer): Audited | undefined;
}

/** A route as the pipeline uses it: its input is parsed by its own schema and handed to its own handler. */
export interface Route extends RouteOptions {
  method: HttpMethod;
  path: string;
  db?: DbUse;
  /** Why the route answers 501. */
  notServed?: string;
  input: z.ZodType;
  may: Rule<unknown>;
  handle(input: unknown, context: Context): Promise<Answer> | Answer;
  audit?(input: unknown, answer: Answer): Audited | undefined;
}

/** A group's table. A schema beside a handler of another input does not compile. */
export const routes = <Schemas extends readonly z.ZodType[]>(
  records: {
    [Index in keyof Schemas]: RouteRecord<Schemas[Index]>;
  },
): Route[] => records.map(routeOf);

function routeOf<Schema extends z.ZodType>({ at, input, may, run, audit, ...rest }: RouteRecord<Schema>): Route {
  const [method, path] = at.split(" ") as [HttpMethod, string];
  return {
    ...rest,
    method,
    path,
    input,
    // The pipeline passes only what the schema answered.
    may: { ...may, check: (parsed, asking) => may.check(parsed as z.output<Schema>, asking) },
    handle: (parsed, context) => run(parsed as z.output<Schema>, context),
    audit: audit && ((parsed, answer) => audit(parsed as z.output<Schema>, answer)),
  };
}

/** The full paths a route is served at. A path with a leading slash stands for itself. */
export function pathsOf(route: Route): string[] {
  if (route.path.startsWith("/")) return [route.path];
  const prefixes = route.only ? [route.only] : ["api", "ajax-api"];
  return prefixes.map((prefix) => `/${prefix}/${route.path}`);
}
