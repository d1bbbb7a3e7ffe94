/** A stand-in for Azure Resource Manager: what hooks ask of a subscription, and what they change in it. */
import { randomUUID } from "node:crypto";
import type { Answered } from "./directory.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is sent is JSON.
type Json = any;

const providers = ["App", "DBforPostgreSQL", "Insights", "ManagedIdentity", "Network", "OperationalInsights"];

export class Subscription {
  readonly id = randomUUID();
  readonly tenant = randomUUID();
  changes: string[] = [];
  /** The state of each resource provider. */
  providers: Record<string, string> = Object.fromEntries(
    [...providers, "Storage", "Web"].map((name) => [`Microsoft.${name}`, "Registered"]),
  );
  allowsRegistering = true;
  /** What the deployer may do. */
  permissions: Json[] = [{ actions: ["*"], notActions: [] }];
  regions = ["West Europe", "Sweden Central"];
  capabilities: Json[] = [
    { supportedServerEditions: [{ name: "Burstable", supportedServerSkus: [{ name: "Standard_B1ms" }] }] },
  ];
  groups = new Set(["rg-team"]);
  roles: Json[] = [];
  /** What is answered before those, one request each. */
  rolesBefore: Json[][] = [];
  locks: Json[] = [];
  /** How often the app's subnet is still in use after it was left. */
  leaving = 2;
  hasApp = true;

  answer(method: string, url: string, _body: Json): Answered {
    const { pathname, searchParams } = new URL(url, "http://arm");
    if (!searchParams.get("api-version")) return refused(400, "MissingApiVersionParameter");
    const answered = this.route(method, decodeURIComponent(pathname));
    if (method !== "GET" && answered.status < 300)
      this.changes.push(`${method} ${pathname.split("/").slice(-2).join("/")}`);
    return answered;
  }

  private route(method: string, path: string): Answered {
    if (path === `/subscriptions/${this.id}`) return ok({ tenantId: this.tenant });
    const [, group, inside] = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    if (group && !inside && method === "PUT") this.groups.add(group);
    if (group && !inside) return this.groups.has(group) ? ok({}) : absent();
    if (path.endsWith("/Microsoft.Authorization/permissions")) return ok({ value: this.permissions });
    if (path.endsWith("/Microsoft.Authorization/roleAssignments"))
      return ok({ value: this.rolesBefore.shift() ?? this.roles });
    if (path.endsWith("/Microsoft.Authorization/locks")) return ok({ value: this.locks });
    if (path.endsWith("/Microsoft.Web/geoRegions")) return ok({ value: this.regions.map((name) => ({ name })) });
    if (path.endsWith("/capabilities")) return ok({ value: this.capabilities });
    if (path.endsWith("/networkConfig/virtualNetwork")) return method === "DELETE" ? this.leave() : absent();
    if (/\/sites\/[\w-]+$/.test(path)) return this.hasApp ? ok({}) : absent();
    if (/\/subnets\/\w+$/.test(path)) return ok({ properties: { serviceAssociationLinks: this.links() } });
    const [, provider, registers] = /\/providers\/(Microsoft\.\w+)(\/register)?$/.exec(path) ?? [];
    if (provider && this.providers[provider]) return this.provider(provider, Boolean(registers));
    return absent();
  }

  private provider(name: string, registers: boolean): Answered {
    if (registers && !this.allowsRegistering) return refused(403, "AuthorizationFailed");
    // Registering goes on for a while.
    if (registers) this.providers[name] = "Registering";
    else if (this.providers[name] === "Registering") {
      this.providers[name] = "Registered";
      return ok({ registrationState: "Registering" });
    }
    return ok({ registrationState: this.providers[name] });
  }

  private isLeft = false;

  private leave(): Answered {
    this.isLeft = true;
    return ok({});
  }

  private links() {
    return this.isLeft && this.leaving-- <= 0 ? [] : [{ name: "legionservicelink" }];
  }
}

const ok = (body: Json): Answered => ({ status: 200, body });
const refused = (status: number, code: string): Answered => ({
  status,
  body: { error: { code, message: `The stand-in refuses this: ${code}` } },
});
const absent = () => refused(404, "ResourceNotFound");
