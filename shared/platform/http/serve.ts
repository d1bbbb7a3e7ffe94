import type { InvocationContext } from "@azure/functions";
import { addRoute, createRouter, findRoute, type RouterContext } from "rou3";
import { SettingsError } from "../config.ts";
import type { AppContext } from "../context.ts";
import { type Db, retried, type Statements } from "../db/database.ts";
import { inputError } from "../db/errors.ts";
import { workspace } from "../db/scope.ts";
import { denied, type ErrorCode, invalid, invalidPath, MlflowError } from "../errors.ts";
import { Access } from "../identity/access.ts";
import { callerOf, nobody, type User } from "../identity/caller.ts";
import { onceFor } from "../once.ts";
import { causeOf, onceAMinute } from "../once-a-minute.ts";
import { describeError, shown } from "../shown.ts";
import { describeIssue } from "./fields.ts";
import type { Called, Group } from "./group.ts";
import { guard, securityHeaders } from "./guard.ts";
import type { Sent } from "./invocation.ts";
import { Reply } from "./reply.ts";
import { type Request, readInput, readQuery, toRequest } from "./request.ts";
import { type Answer, type Context, pathsOf, type Route, type SignIn } from "./route.ts";

type Router = RouterContext<Route>;

/** What a handler is given whatever its use of the database. */
type Given = Omit<Context, "db">;

/** The one request pipeline: guard, dispatch, parse, handle, answer. Nothing it is given makes it throw. */
export async function serve(called: Called, sent: Sent, invocation: InvocationContext): Promise<Reply> {
  const request = toRequest(sent, called.prefix);
  let headers: Record<string, string> = {};
  try {
    const app = await called.group.shared.context();
    headers = securityHeaders(request, app.config);
    const asked = { request, invocation, hostParams: sent.params };
    const answered = guard(request, app.config) ?? (await dispatch(called, app, asked));
    return toResponse(answered, headers);
  } catch (error) {
    return toResponse(toReply(error, invocation), headers);
  }
}

/** The URL has its dot segments resolved already, escaped ones too; the host's route parameters still show them. */
function refuseDotSegments(params: Sent["params"]): void {
  if (Object.values(params).some((value) => dotSegment.test(value))) throw invalidPath();
}
const dotSegment = /(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i;

interface Asked {
  request: Request;
  invocation: InvocationContext;
  hostParams: Sent["params"];
}

async function dispatch({ group, template }: Called, app: AppContext, asked: Asked): Promise<Answer> {
  const { request, invocation, hostParams } = asked;
  refuseDotSegments(hostParams);
  const found = match(await routerOf(group), template, request, hostParams);
  const isOpen = !(found instanceof MlflowError) && found.route.may.open;
  const user = isOpen ? nobody : await group.shared.identify(request, app);
  // What is served, and what is not, is told to admins only.
  if (found instanceof MlflowError) throw user.access.isAdmin ? found : denied();
  if (found.route.may.onlySignedIn && !user.owner) throw unknownPath(request);
  refuseWorkspace(request);
  const input = await parsedInput(found, request);
  const { config, facts, hashing, blobs, tables } = app;
  const signIn: SignIn = {
    user: async () => (isOpen ? group.shared.identify(request, app) : user),
    isAdminByToken: async () => group.shared.isAdminByToken(request, app),
  };
  const givenTo = (caller: User): Given => ({
    request,
    caller: callerOf(request, invocation, caller),
    signIn,
    config,
    facts,
    hashing,
    blobs,
    tables,
  });
  const given = await admitted(user, (caller) => ask(group, app, found.route, input, givenTo(caller)));
  const answer = await run(group, app, found.route, input, givenTo(given));
  if (found.route.may.grants) given.forget?.();
  if (found.route.may.changesRights) app.rights.changed();
  return answer;
}

/**
 * The caller with the rights by which they may. What is remembered of them may be older than what was granted a
 * moment ago, here or by another instance, so nobody is refused by it.
 * @throws MlflowError where the caller may not
 */
async function admitted(user: User, check: (caller: User) => Promise<void>): Promise<User> {
  try {
    await check(user);
    return user;
  } catch (error) {
    const isRefusal = error instanceof MlflowError && (error.status === 403 || error.status === 404);
    if (!isRefusal || !user.again) throw error;
    const now = await user.again();
    await check(now);
    return now;
  }
}

function refuseWorkspace({ header, url }: Request): void {
  if (!header("x-mlflow-workspace")?.trim() || url.pathname.endsWith("/mlflow/server-info")) return;
  throw new MlflowError(
    "FEATURE_DISABLED",
    "Workspace APIs are not available: workspaces are not enabled on this server",
  );
}

async function parsedInput({ route, params }: Found, request: Request): Promise<unknown> {
  const raw = route.binary ? readQuery(request) : await readInput(request, route.body);
  if (raw === null || typeof raw !== "object" || Array.isArray(raw))
    throw invalid("The request body must be a JSON object.");
  const input = { ...raw, ...params };
  const parsed = route.input.safeParse(input);
  if (!parsed.success) throw invalid(describeIssue(parsed.error, input));
  return parsed.data;
}

/** @throws MlflowError where the caller may not */
async function ask(group: Group, app: AppContext, route: Route, input: unknown, given: Given): Promise<void> {
  if (given.caller.user.access.isAdmin) return;
  const statements: Statements = {
    query: async (statement) => (await primary()).query(statement),
    text: async (statement) => (await primary()).text(statement),
  };
  const primary = async () => {
    await group.shared.prepare(app);
    return app.database().reading;
  };
  await route.may.check(input, { ...given, db: scoped(statements, given) });
}

async function run(group: Group, app: AppContext, route: Route, input: unknown, given: Given): Promise<Answer> {
  if (route.db === undefined) return route.handle(input, { ...given, db: noDatabase });
  await group.shared.prepare(app);
  switch (route.db) {
    case "read":
      return route.handle(input, { ...given, db: scoped(app.readDatabase().reading, given) });
    case "statement":
      return retried(() => route.handle(input, { ...given, db: scoped(app.database().writing, given) }));
    case "transaction":
      return app.database().transaction((db) => route.handle(input, { ...given, db: scoped(db, given) }));
  }
}

/** What the request sees of the database. */
function scoped(statements: Statements, { caller: { user } }: Given): Db {
  const { access, owner, principals } = user;
  return { ...statements, scope: { workspace, access, owner, principals } };
}

const refuse = () => {
  throw new Error("This route was declared without a database");
};
const noDatabase: Db = { query: refuse, text: refuse, scope: { workspace, access: Access.nothing } };

interface Found {
  route: Route;
  params: Record<string, string>;
}

/** The route of a request, or how an unknown one is refused. */
function match(router: Router, template: string, request: Request, { rest }: Sent["params"]): Found | MlflowError {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = findRoute(router, method, request.url.pathname);
  // The router ignores a closing slash. Stock does not, except in paths of artifacts.
  const closed = request.url.pathname.endsWith("/") && request.url.pathname !== "/" && !found?.data.path.includes("**");
  if (closed) return unknownPath(request);
  if (!found) return notFound(router, request);
  const params = Object.entries(found.params ?? {}).map(([name, value]) => [name, decode(value)]);
  const [, closing] = /\/\*\*:(\w+)$/.exec(found.data.path) ?? [];
  if (closing && rest !== undefined) params.push([closing, afterFixed(rest, found.data, template)]);
  return { route: found.data, params: Object.fromEntries(params) };
}

/**
 * What a closing `**:name` stands for. The host decodes each path once for its own parameters; the URL that it shows is
 * decoded in part, so that there `%25` and `%2525` look alike.
 * @param rest what the template's closing `{*rest}` stands for
 */
function afterFixed(rest: string, route: Route, template: string): string {
  const segmentsBefore = (path: string, end: string) => path.slice(0, path.indexOf(end)).split("/").length;
  const fixed = segmentsBefore(pathsOf(route)[0]!, "**") - 1 - segmentsBefore(template, "{*rest}");
  return rest.split("/").slice(fixed).join("/");
}

const routerOf = onceFor(async (group: Group): Promise<Router> => {
  const router = createRouter<Route>();
  for (const route of await group.routes())
    for (const path of pathsOf(route)) addRoute(router, route.method, path, route);
  return router;
});

const unknownPath = ({ method, url }: Request) =>
  new MlflowError("ENDPOINT_NOT_FOUND", `Nothing is served at ${method} ${shown(url.pathname)}`);

function notFound(router: Router, request: Request): MlflowError {
  const allowed = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) =>
    findRoute(router, method, request.url.pathname),
  );
  if (allowed.length === 0) return unknownPath(request);
  return new MlflowError(
    "ENDPOINT_NOT_FOUND",
    `${shown(request.url.pathname)} takes ${allowed.join(", ")}, not ${request.method}`,
    {
      status: 405,
      headers: { allow: allowed.join(", ") },
    },
  );
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // The stock client sends a bare % in an artifact's name; artifact paths are decoded elsewhere
    // (shared/artifacts/paths.ts).
    return segment;
  }
}

function toReply(error: unknown, invocation: InvocationContext): Reply {
  const known = error instanceof MlflowError ? error : (inputError(error) ?? nestingError(error));
  if (known) logRefusal(known, invocation);
  else if (error instanceof SettingsError) onceAMinute(error.message, (cause) => invocation.error(cause));
  else invocation.error(describeError(error));
  const answered = known ?? new MlflowError("INTERNAL_ERROR" satisfies ErrorCode, internal(invocation));
  return new Reply(answered.status, { ...json, ...answered.headers }, JSON.stringify(answered));
}

/** Errors that the operator has to correct are logged too, each cause once a minute. */
function logRefusal(known: MlflowError, invocation: InvocationContext): void {
  const { message, cause, status, code, forOperator } = known;
  const said = cause === undefined ? message : `${message} Cause: ${causeOf(cause)}`;
  const unexpected = () =>
    invocation.error(cause === undefined ? describeError(known) : `${message} Cause: ${describeError(cause)}`);
  if (status >= 500 && code !== "NOT_IMPLEMENTED") onceAMinute(said, unexpected);
  else if (forOperator || (status === 429 && cause !== undefined)) onceAMinute(said, () => invocation.warn(said));
}

/** Only input can be nested so deeply that the stack is used up. */
const nestingError = (error: unknown) =>
  error instanceof RangeError && error.message.includes("call stack")
    ? invalid("The request is nested too deeply.")
    : undefined;

const internal = (invocation: InvocationContext) =>
  `An internal error occurred. The server's log has it under invocation ${invocation.invocationId}.`;

const json = { "content-type": "application/json" };

const varyOf = (...all: Record<string, string>[]) => {
  const names = all.flatMap(({ vary }) => vary ?? []);
  return names.length > 0 && { vary: names.join(", ") };
};

function toResponse(answer: Answer, extra: Record<string, string>): Reply {
  if (answer instanceof Reply) {
    const headers = { ...answer.headers, ...extra, ...varyOf(answer.headers, extra) };
    return new Reply(answer.status, headers, answer.body);
  }
  const body = typeof answer === "string" ? answer : JSON.stringify(answer);
  return new Reply(200, { ...json, ...extra }, body);
}
