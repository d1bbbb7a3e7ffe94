/** The tables with Entra, by its tokens and by EasyAuth: what they answer follows from the routes' rules alone. */
import { randomUUID } from "node:crypto";
import type { App } from "../support/app.ts";
import type { Authority } from "../support/authority.ts";
import { type Caller, callers, kindOf } from "./scenario/callers.ts";
import type { Headers } from "./scenario/client.ts";
import type { Defaults } from "./scenario/meaning.ts";
import type { SignIns } from "./scenario/world.ts";

/** Nothing is for all, and nobody comes in without a grant. */
export const entraDefaults: Defaults = {
  permission: "NO_PERMISSIONS",
  creates: false,
  admitsStrangers: false,
  grantsAreRoles: false,
};

/** Someone of the tenant. */
export interface Identity {
  caller: Caller;
  isApp: boolean;
  object: string;
  roles: string[];
  groups: string[];
}

const team = randomUUID();

/** Callers of all kinds that a grant can be to: users, an app, a group's member, the holder of an app role. */
function identityOf(caller: Caller, knowsApps: boolean): Identity {
  const admin = kindOf(caller).signIn === "admin" ? ["Admin"] : [];
  return {
    caller,
    isApp: knowsApps && caller === "user",
    object: randomUUID(),
    roles: caller === "manager" ? ["Managers"] : admin,
    groups: caller === "editor" ? [team] : [],
  };
}

/** What a caller belongs to, to which is granted what the caller has. */
function groupOf({ roles, groups }: Identity, tenant: string): string | undefined {
  if (groups[0]) return `group:${tenant}:${groups[0]}`;
  if (roles[0]) return `app-role:${roles[0]}`;
  return undefined;
}

/** As if it had signed in once. */
const addPrincipal = (app: App, key: string) =>
  app.db.query("INSERT INTO mlflow_functions.principals (key, kind, display) VALUES ($1, split_part($1, ':', 1), $1)", [
    key,
  ]);

interface Way {
  authority: Authority;
  /** Whether apps sign in this way too. */
  knowsApps: boolean;
  /** What someone is signed in by. */
  headersOf(identity: Identity): Headers | Promise<Headers>;
  /** What is not accepted. */
  wrong: Headers;
}

export async function entraSignIns(app: App, { authority, knowsApps, headersOf, wrong }: Way): Promise<SignIns> {
  const { tenant } = authority;
  const identities = new Map(callers.map((caller) => [caller, identityOf(caller, knowsApps)]));
  const headers = new Map<Caller, Headers>();
  for (const [caller, identity] of identities) headers.set(caller, await headersOf(identity));
  const keyOf = ({ isApp, object }: Identity) => `${isApp ? "app" : "user"}:${tenant}:${object}`;
  return {
    nameOf: (caller) => keyOf(identities.get(caller)!),
    headers(caller) {
      const { signIn } = kindOf(caller);
      if (signIn === "none") return {};
      return signIn === "wrong" ? wrong : headers.get(caller)!;
    },
    async addUsers() {
      for (const identity of identities.values()) await addPrincipal(app, keyOf(identity));
    },
    async aUser() {
      const key = `user:${tenant}:${randomUUID()}`;
      await addPrincipal(app, key);
      return key;
    },
    async grant(_world, caller, grants) {
      const identity = identities.get(caller)!;
      for (const { type, id, permission } of grants)
        await app.db.query(
          `INSERT INTO mlflow_functions.principal_permissions (principal, resource_type, resource_pattern, permission)
           VALUES ($1, $2, $3, $4)`,
          [groupOf(identity, tenant) ?? keyOf(identity), type, id, permission],
        );
    },
  };
}
