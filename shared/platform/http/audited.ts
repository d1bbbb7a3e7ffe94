/** What the audit log keeps of requests. */
import { isIP } from "node:net";
import type { InvocationContext } from "@azure/functions";
import type { By } from "../audit/audit.ts";
import type { AppContext } from "../context.ts";
import type { MlflowError } from "../errors.ts";
import { addressOf, type User } from "../identity/caller.ts";
import { describeError } from "../shown.ts";
import type { SharedByGroups } from "./group.ts";
import { Reply } from "./reply.ts";
import type { Request } from "./request.ts";
import type { Answer, Route } from "./route.ts";

/** A request, with what is found out of it. */
interface Judged {
  request: Request;
  invocation: InvocationContext;
  shared: SharedByGroups;
  app?: AppContext;
  route?: Route;
  /** Once it is parsed. */
  input?: unknown;
  user?: User;
}

/** Keeps what a request did, once that is committed. It must not turn a success into a failure. */
export function auditDone(judged: Judged, who: string, answer: Answer): void {
  const { app, route, input, invocation } = judged;
  if (answer instanceof Reply && answer.status >= 400) return;
  try {
    const audited = route?.audit?.(input, answer);
    if (audited) app?.audit.add(audited, by(who, judged), (line) => invocation.info(line));
  } catch (error) {
    invocation.error(`What a request did is not in the audit log: ${describeError(error)}`);
  }
}

/** Keeps who signs in for the first time. */
export function auditSignIn(judged: Judged, { name, isBasic, token }: User): void {
  judged.app?.audit.signedIn(token ? "token" : isBasic ? "password" : "entra", by(name, judged));
}

/** Counts refused sign-ins, and requests that their caller may not make. */
export function auditRefusal(judged: Judged, { refusesSignIn, status, who: named }: MlflowError): void {
  const { app, shared, request, route, input, user } = judged;
  if (!app) return;
  if (refusesSignIn) {
    const tried = shared.triedName(request);
    if (tried !== undefined) app.audit.refused(by(tried, judged));
    return;
  }
  const who = user?.owner ? user.name : named;
  if (status !== 403 || who === undefined) return;
  app.audit.denied(route ? `${route.method} ${route.path}` : "unknown", askedFor(input), by(who, judged));
}

const by = (who: string, { request, invocation }: Judged): By => ({
  who,
  address: ipOf(request),
  request: invocation.invocationId,
});

/** Where no platform is in front of the app, the header may hold anything. */
function ipOf(request: Request): string {
  const [address = ""] = addressOf(request).split("%");
  return isIP(address) ? address : "-";
}

/** Fields of inputs that say what a request is about. None of them holds a secret. */
const fields =
  "run_id run_uuid run_ids experiment_id experiment_ids model_id trace_id request_id request_ids artifact_path " +
  "resource_id resource_pattern role_id role_permission_id username name";
const most = 5;

/** The first of them that an input has, or `-`. */
function askedFor(input: unknown): string {
  const values = new Map(Object.entries(input ?? {}));
  for (const field of fields.split(" ")) {
    const texts = [values.get(field)].flat().filter((value) => typeof value === "string" || typeof value === "number");
    if (texts.length > 0) return texts.slice(0, most).join(",") || "-";
  }
  return "-";
}
