import { app, type HttpMethod } from "@azure/functions";
import { staticPrefix } from "../config.ts";
import type { AppContext } from "../context.ts";
import type { User } from "../identity/caller.ts";
import type { TokenKeeper } from "../identity/token-keeper.ts";
import { once, onceThere } from "../once.ts";
import { sentOf } from "./invocation.ts";
import type { Request } from "./request.ts";
import type { Route } from "./route.ts";

/** What all groups share. */
export interface SharedByGroups {
  /** @throws SettingsError where the settings are wrong */
  context(): Promise<AppContext>;
  /** Makes sure that the database can be used; called before routes that use it, until it has succeeded once. */
  prepare(context: AppContext): Promise<void>;
  /**
   * Who makes a request. A promise only where it has to be found out.
   * @throws MlflowError UNAUTHENTICATED where nobody has signed in
   */
  identify(request: Request, context: AppContext): User | Promise<User>;
  /** The name by which a request tries to sign in, or `-`; undefined where it does not really try. */
  triedName(request: Request): string | undefined;
  /** Whether an admin makes a request, told without the database; false where only the database knows. */
  isAdminByToken(request: Request, context: AppContext): boolean | Promise<boolean>;
  tokens(context: AppContext): Promise<TokenKeeper>;
}

/** A group of the API: a table of routes, and the functions that the host calls for them. */
export interface Group {
  name: string;
  /** The table, loaded with the group's first request. */
  routes(): Promise<readonly Route[]>;
  /** What the groups share. */
  shared: SharedByGroups;
}

/** A function of a group, by its URL template, which ends in `{*rest}` where routes have a closing `**:name`. */
export interface Called {
  group: Group;
  template: string;
  /** MLFLOW_STATIC_PREFIX, which stands before it. */
  prefix: string;
}

const methods: HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

type Table = { default: readonly Route[] };

/** The tables of several groups as one. */
export const oneTable =
  (loads: readonly (() => Promise<Table>)[]): (() => Promise<Table>) =>
  async () => ({ default: (await Promise.all(loads.map((load) => load()))).flatMap((table) => table.default) });

/**
 * Answers how to declare a group: an HTTP-triggered function for each of its URL templates, by the function's name;
 * without any, the usual one. The request pipeline and the group's routes are loaded with the first request, so that
 * starting up costs the same however many routes there are.
 */
export const groupsWith =
  (shared: SharedByGroups) =>
  (
    name: string,
    load: () => Promise<Table>,
    templates: Record<string, string> = { [name]: `{api}/{version}/mlflow/${name}/{*rest}` },
  ): Group => {
    const prefix = staticPrefix();
    // In the bundle each import makes an object, so it is not done for every request.
    const serving = onceThere(() => import("./serve.ts"));
    const group = { name, routes: once(async () => (await load()).default), shared };
    for (const [functionName, template] of Object.entries(templates)) {
      const called = { group, template, prefix };
      app.http(functionName, {
        methods,
        authLevel: "anonymous",
        route: `${prefix}/${template}`.slice(1),
        handler: (request, context) => {
          const loaded = serving();
          const sent = sentOf(request);
          if (!(loaded instanceof Promise)) return loaded.serve(called, sent, context);
          return loaded.then(({ serve }) => serve(called, sent, context));
        },
      });
    }
    return group;
  };
