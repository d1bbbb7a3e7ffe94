import type { InvocationContext } from "@azure/functions";
import { SettingsError } from "../config.ts";
import type { AppContext } from "../context.ts";
import { type Db, retried, type Statements } from "../db/database.ts";
import { inputError } from "../db/errors.ts";
import { workspace } from "../db/scope.ts";
import { denied, type ErrorCode, invalid, invalidPath, MlflowError } from "../errors.ts";
import { Access } from "../identity/access.ts";
import { type Caller, callerOf, nobody, type User } from "../identity/caller.ts";
import { causeOf, onceAMinute } from "../once-a-minute.ts";
import { describeError } from "../shown.ts";
import { logRequest } from "../telemetry/request-line.ts";
import { Timings } from "../telemetry/timings.ts";
import { auditDone, auditRefusal, auditSignIn } from "./audited.ts";
import { describeIssue } from "./fields.ts";
import type { Called, Group, SharedByGroups } from "./group.ts";
import { guard, securityHeaders } from "./guard.ts";
import { unauthenticatedPage } from "./html.ts";
import type { Sent } from "./invocation.ts";
import { type Found, match, unknownPath } from "./match.ts";
import { parsedBy } from "./quick.ts";
import { JsonParts, Reply } from "./reply.ts";
import { type Request, readInput, readQuery, toRequest } from "./request.ts";
import type { Answer, Context, Route, SignIn } from "./route.ts";

/** What a handler is given; `db` anew for each attempt. */
type Given = Context & { timings: Timings };

/** The one request pipeline: guard, dispatch, parse, handle, answer. Nothing it is given makes it throw. */
export async function serve(called: Called, sent: Sent, invocation: InvocationContext): Promise<Reply> {
  const timings = new Timings();
  const { shared } = called.group;
  const asked: Asked = {
    request: toRequest(sent, called.prefix),
    invocation,
    hostParams: sent.params,
    timings,
    shared,
  };
  const reply = await answer(called, asked);
  conclude(asked, reply);
  return reply;
}

async function answer(called: Called, asked: Asked): Promise<Reply> {
  const { request, timings } = asked;
  let headers: Record<string, string> = {};
  try {
    const app = await called.group.shared.context();
    asked.app = app;
    timings.operations = app.telemetry && [];
    headers = securityHeaders(request, app.config);
    const answered = guard(request, app.config) ?? (await dispatch(called, app, asked));
    return toResponse(answered, headers);
  } catch (error) {
    return toResponse(toReply(error, asked), headers);
  }
}

/** Tells the log, and where telemetry is on also that, how a request was answered. */
function conclude({ app, request, invocation, timings, route, user, errorCode }: Asked, { status }: Reply): void {
  const { milliseconds } = timings;
  const name = route && `${route.method} ${route.path}`;
  const answered = { route: name, status, milliseconds, user: user?.name, errorCode };
  logRequest(invocation, answered, timings, app?.config);
  app?.telemetry?.add(request, invocation, answered, timings);
  app?.audit.tellEnded();
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
  timings: Timings;
  shared: SharedByGroups;
  // What is found out on the way.
  app?: AppContext;
  route?: Route;
  input?: unknown;
  user?: User;
  errorCode?: ErrorCode;
}

async function dispatch({ group, template }: Called, app: AppContext, asked: Asked): Promise<Answer> {
  const { request, invocation, hostParams, timings } = asked;
  refuseDotSegments(hostParams);
  const matched = match(group, template, request, hostParams);
  const found = matched instanceof Promise ? await matched : matched;
  if (!(found instanceof MlflowError)) asked.route = found.route;
  const user = asked.route?.may.open ? nobody : await identified(app, asked);
  asked.user = user;
  // What is served, and what is not, is told to admins only.
  if (found instanceof MlflowError) throw user.access.isAdmin ? found : denied();
  if (found.route.may.onlySignedIn && !user.owner) throw unknownPath(request);
  refuseWorkspace(request);
  const input = await parsedInput(found, request);
  asked.input = input;
  const { config, facts, hashing } = app;
  const [blobs, tables] = [app.blobs.timedBy(timings), app.tables.timedBy(timings)];
  const signIn: SignIn = {
    user: async () => (asked.route?.may.open ? identified(app, asked) : user),
    isAdminByToken: async () => group.shared.isAdminByToken(request, app),
    tokens: () => group.shared.tokens(app),
  };
  const caller = callerOf(request, invocation, user);
  const given: Given = { db: noDatabase, request, caller, signIn, config, facts, hashing, blobs, tables, timings };
  if (!user.access.isAdmin) given.caller = await admitted(group, app, found.route, input, given);
  const answer = await run(group, app, found.route, input, given);
  if (found.route.audit) auditDone(asked, given.caller.who, answer);
  if (found.route.may.grants) given.caller.user.forget?.();
  if (found.route.may.changesRights) app.rights.changed();
  return answer;
}

function identified(app: AppContext, asked: Asked): User | Promise<User> {
  const { shared, request, timings } = asked;
  const user = shared.identify(request, app);
  if (!(user instanceof Promise)) return seen(user, app, asked);
  return timings.during("sign-in", "sign-in", async () => seen(await user, app, asked));
}

function seen(user: User, app: AppContext, asked: Asked): User {
  if (user.owner && !app.audit.knows(user.name)) auditSignIn(asked, user);
  return user;
}

/**
 * The caller with the rights by which they may. What is remembered of them may be older than what was granted a
 * moment ago, here or by another instance, so nobody is refused by it.
 * @throws MlflowError where the caller may not
 */
async function admitted(group: Group, app: AppContext, route: Route, input: unknown, given: Given): Promise<Caller> {
  const primary = onPrimary(group, app);
  const check = (caller: Caller) => {
    const asking = { ...given, caller };
    return route.may.check(input, { ...asking, db: scoped(primary, "read", asking) });
  };
  try {
    const checking = check(given.caller);
    if (checking) await checking;
    return given.caller;
  } catch (error) {
    const isRefusal = error instanceof MlflowError && (error.status === 403 || error.status === 404);
    const { again } = given.caller.user;
    if (!isRefusal || !again) throw error;
    const now = { ...given.caller, user: await again() };
    if (!now.user.access.isAdmin) await check(now);
    return now;
  }
}

/** Statements of rules, for which the database is made ready when there is one. */
function onPrimary(group: Group, app: AppContext): Statements {
  const primary = async () => {
    if (!app.isReady) await group.shared.prepare(app);
    return app.database().reading;
  };
  return {
    query: async (statement) => (await primary()).query(statement),
    text: async (statement) => (await primary()).text(statement),
  };
}

function refuseWorkspace({ header, url }: Request): void {
  if (!header("x-mlflow-workspace")?.trim() || url.pathname.endsWith("/mlflow/server-info")) return;
  throw new MlflowError(
    "FEATURE_DISABLED",
    "Workspace APIs are not available: workspaces are not enabled on this server",
  );
}

async function parsedInput({ route, params }: Found, request: Request): Promise<unknown> {
  const read = route.binary ? readQuery(request) : readInput(request, route.body);
  const raw = read instanceof Promise ? await read : read;
  if (raw === null || typeof raw !== "object" || Array.isArray(raw))
    throw invalid("The request body must be a JSON object.");
  const input = Object.assign(raw, params);
  const parsed = parsedBy(route.input, input);
  if (!parsed.success) throw invalid(describeIssue(parsed.error, input));
  return parsed.data;
}

async function run(group: Group, app: AppContext, route: Route, input: unknown, given: Given): Promise<Answer> {
  if (route.db === undefined) return route.handle(input, given);
  if (!app.isReady) await group.shared.prepare(app);
  const { timings } = given;
  const handle = async (statements: Statements, use: string) => {
    given.db = scoped(statements, use, given);
    return await route.handle(input, given);
  };
  switch (route.db) {
    case "read":
      return await handle(app.readDatabase().reading, "read");
    case "statement":
      return await retried(() => handle(app.database().writing, "write"), timings.retrying);
    case "transaction":
      return await timings.during("database", "transaction", () =>
        app.database().transaction((statements) => handle(statements, "statement"), timings.retrying),
      );
  }
}

/** What the request sees of the database. @param use how statements are called where each is looked at */
function scoped(statements: Statements, use: string, { caller: { user }, timings }: Given): Db {
  const { access, owner, principals } = user;
  return {
    query: (statement) => timings.during("database", use, () => statements.query(statement)),
    text: (statement) => timings.during("database", use, () => statements.text(statement)),
    scope: { workspace, access, owner, principals },
  };
}

const refuse = () => {
  throw new Error("This route was declared without a database");
};
const noDatabase: Db = { query: refuse, text: refuse, scope: { workspace, access: Access.nothing } };

function toReply(error: unknown, asked: Asked): Reply {
  const { invocation } = asked;
  const known = error instanceof MlflowError ? error : (inputError(error) ?? nestingError(error));
  if (known) logRefusal(known, invocation);
  else if (error instanceof SettingsError) onceAMinute(error.message, (cause) => invocation.error(cause));
  else invocation.error(describeError(error));
  const answered = known ?? new MlflowError("INTERNAL_ERROR" satisfies ErrorCode, internal(invocation));
  asked.errorCode = answered.code;
  auditRefusal(asked, answered);
  const forBrowsers = answered.status === 401 ? unauthenticatedPage(asked.request, answered.message) : undefined;
  if (forBrowsers) return new Reply(401, { ...forBrowsers.headers, ...answered.headers }, forBrowsers.body);
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
    return measured(answer.status, headers, answer.body);
  }
  // Assigned, since V8 takes microseconds to spread such names.
  extra["content-type"] = json["content-type"];
  return measured(200, extra, bodyOf(answer));
}

/** The host sends a body in chunks where nothing says how long it is. */
function measured(status: number, headers: Record<string, string>, body: Reply["body"] = ""): Reply {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  if (bytes.length > 0) headers["content-length"] ??= String(bytes.length);
  return new Reply(status, headers, bytes);
}

const bodyOf = (answer: Exclude<Answer, Reply>) =>
  answer instanceof JsonParts ? answer.bytes() : typeof answer === "string" ? answer : JSON.stringify(answer);
