/** A stand-in for Microsoft Graph: app registrations, who may change them, and what Entra refuses. */
import { randomUUID } from "node:crypto";

// biome-ignore lint/suspicious/noExplicitAny: registrations are JSON that tests look into.
type Json = any;

export interface Answered {
  status: number;
  body: Json;
}

const ok = (body: Json, status = 200): Answered => ({ status, body });
const refused = (status: number, code: string, message: string): Answered => ({
  status,
  body: { error: { code, message } },
});
const forbidden = () =>
  refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
const absent = () => refused(404, "Request_ResourceNotFound", "The resource does not exist.");

export class Directory {
  applications: Json[] = [];
  principals: Json[] = [];
  /** Every request that changed something, and every one that was refused for want of rights. */
  changes: string[] = [];
  denied: string[] = [];
  readonly administrator = randomUUID();
  /** Whether people may make registrations, and read those of others. */
  allowsRegistrations = true;
  allowsReading = true;
  /** How many requests do not yet see what was just made. */
  lag = 0;
  private unseen = 0;

  /** Answers a request of the person with this object id. */
  answer(method: string, url: string, caller: string, body: Json): Answered {
    const { pathname, searchParams } = new URL(url, "http://graph");
    const answered = this.route(method, decodeURIComponent(pathname), searchParams, caller, body);
    if (answered.status === 403) this.denied.push(`${method} ${pathname}`);
    else if (method !== "GET" && answered.status < 300) this.changes.push(`${method} ${pathname.split("(")[0]}`);
    return answered;
  }

  private route(method: string, path: string, query: URLSearchParams, caller: string, body: Json): Answered {
    if (path === "/applications") return method === "POST" ? this.make(caller, body) : this.find(query);
    if (path === "/servicePrincipals") return this.makePrincipal(caller, body);
    const [, kind, key, rest] = /^\/(\w+)(?:\(appId='([^']*)'\)|\/[\w-]+)(\/.*)?$/.exec(path) ?? [];
    if (kind === "servicePrincipals") {
      const principal = this.principals.find((each) => each.appId === key || path.includes(each.id));
      if (!principal || this.isUnseen(method)) return absent();
      return rest ? this.assignments(method, principal, caller, body) : ok(principal);
    }
    const app = this.applications.find(({ appId }) => appId === key);
    if (!app || this.isUnseen(method)) return absent();
    if (method === "GET" && !this.allowsReading && !this.owns(caller, app)) return forbidden();
    if (method !== "GET" && !this.owns(caller, app)) return forbidden();
    if (rest?.startsWith("/federatedIdentityCredentials")) return this.credentials(method, app, rest, body);
    return method === "PATCH" ? this.change(app, body) : ok(shown(app));
  }

  private isUnseen(method: string): boolean {
    return method === "GET" && this.unseen-- > 0;
  }

  private owns(caller: string, app: Json): boolean {
    return caller === this.administrator || app.owners.includes(caller);
  }

  private find(query: URLSearchParams): Answered {
    const [, name] = /^displayName eq '(.*)'$/.exec(query.get("$filter") ?? "") ?? [];
    return ok({ value: this.applications.filter(({ displayName }) => displayName === name).map(shown) });
  }

  private make(caller: string, body: Json): Answered {
    if (!this.allowsRegistrations && caller !== this.administrator) return forbidden();
    const wrong = problemOf({ api: {} }, body);
    if (wrong) return wrong;
    const app = { id: randomUUID(), appId: randomUUID(), owners: [caller], credentials: [], ...body };
    this.applications.push(app);
    this.unseen = this.lag;
    return ok(shown(app), 201);
  }

  private change(app: Json, body: Json): Answered {
    const wrong = problemOf(app, body);
    if (wrong) return wrong;
    Object.assign(app, structuredClone(body));
    return ok("", 204);
  }

  private makePrincipal(caller: string, { appId }: Json): Answered {
    const app = this.applications.find((each) => each.appId === appId);
    if (!app || this.unseen-- > 0)
      return refused(400, "Request_BadRequest", "The appId does not reference a valid application object.");
    if (!this.owns(caller, app)) return forbidden();
    const principal = { id: randomUUID(), appId };
    this.principals.push({ ...principal, assigned: [] });
    this.unseen = this.lag;
    return ok(principal, 201);
  }

  private assignments(method: string, principal: Json, caller: string, body: Json): Answered {
    if (method === "GET") return ok({ value: principal.assigned });
    const app = this.applications.find(({ appId }) => appId === principal.appId);
    if (!this.owns(caller, app)) return forbidden();
    if (!app.appRoles.some(({ id }: Json) => id === body.appRoleId))
      return refused(400, "Request_BadRequest", "Permission was not found on the application.");
    if (body.resourceId !== principal.id) return refused(400, "Request_BadRequest", "Another resource.");
    principal.assigned.push(body);
    return ok(body, 201);
  }

  private credentials(method: string, app: Json, rest: string, body: Json): Answered {
    if (method === "GET") return ok({ value: app.credentials });
    if (method === "POST") {
      if (app.credentials.some(({ name }: Json) => name === body.name))
        return refused(409, "Request_MultipleObjectsWithSameKeyValue", "There is one of this name.");
      app.credentials.push({ id: randomUUID(), ...body });
      return ok(body, 201);
    }
    const found = app.credentials.find(({ id }: Json) => rest.endsWith(`/${id}`));
    if (!found) return absent();
    if ("name" in body) return refused(400, "Request_BadRequest", "The name can't be changed.");
    Object.assign(found, body);
    return ok("", 204);
  }
}

const shown = ({ owners: _, credentials: __, ...app }: Json) => structuredClone(app);

/** What Entra refuses of a registration. */
function problemOf(app: Json, body: Json): Answered | undefined {
  const scopes = (app.api?.oauth2PermissionScopes ?? []).map(({ id }: Json) => id);
  const authorised = (body.api?.preAuthorizedApplications ?? []).flatMap((each: Json) => each.delegatedPermissionIds);
  if (authorised.some((id: string) => !scopes.includes(id)))
    return refused(400, "InvalidValue", "A permission of preAuthorizedApplications is not exposed.");
  if ((body.identifierUris ?? []).some((uri: string) => uri.startsWith("api://") && uri !== `api://${app.appId}`))
    return refused(400, "HostNameNotOnVerifiedDomain", "Values of identifierUris must use the appId.");
  const kept = (body.appRoles ?? app.appRoles ?? []).map(({ id }: Json) => id);
  if ((app.appRoles ?? []).some(({ id, isEnabled }: Json) => isEnabled && !kept.includes(id)))
    return refused(400, "CannotDeleteOrUpdateEnabledEntitlement", "Permission can't be deleted unless disabled.");
  return undefined;
}
