/** What callers of Entra may do: by the settings, and by what is granted to them, to their groups and to app roles. */
import { requireAuthTables } from "../mlflow/schema/auth-tables.ts";
import { type OwnTables, ownTables } from "../mlflow/schema/own-tables.ts";
import { ensureReady } from "../mlflow/schema/ready.ts";
import { unavailable } from "../mlflow/schema/revisions.ts";
import type { AppContext } from "../platform/context.ts";
import { workspace } from "../platform/db/scope.ts";
import { raw, sql } from "../platform/db/sql.ts";
import { MlflowError } from "../platform/errors.ts";
import { Access, type Grant, type Level } from "../platform/identity/access.ts";
import type { User } from "../platform/identity/caller.ts";
import type { EntraCaller } from "../platform/identity/entra.ts";
import type { EntraRole } from "../platform/identity/entra-settings.ts";
import { Recent } from "../platform/identity/recent.ts";
import { once } from "../platform/once.ts";
import { causeOf, onceAMinute } from "../platform/once-a-minute.ts";
import { knownGrants } from "../users/access.ts";

/** Milliseconds that grants are remembered. A refusal is never decided by them. */
const maxAge = 30_000;
const mostRemembered = 2_000;

/** What grants and records call a caller. */
const keyOf = ({ kind, tenant, object }: EntraCaller) => `${kind}:${tenant}:${object}`;

/** Under which names something may be granted to a caller. */
const principalsOf = (caller: EntraCaller): string[] => [
  keyOf(caller),
  ...caller.groups.map((id) => `group:${caller.tenant}:${id}`),
  ...caller.appRoles.map((name) => `app-role:${name}`),
];

interface Stored {
  /** What the caller's record shows; null where there is none. */
  display: string | null;
  /** Something is granted to a group of the tenant. */
  groupsCount: boolean;
  grants: Grant[];
}

export class Principals {
  private readonly users: Recent<User>;

  constructor(private readonly app: AppContext) {
    this.users = new Recent((key) => this.load(JSON.parse(key) as EntraCaller), maxAge, mostRemembered, app.rights);
  }

  /**
   * Answers a caller with what they may do: a promise where that has to be loaded, and of an error PERMISSION_DENIED
   * where it is nothing or can't be told.
   */
  usersOf(caller: EntraCaller): () => User | Promise<User> {
    const key = JSON.stringify(caller);
    return () => this.users.get(key);
  }

  /** Whether the settings make a caller an admin. */
  isAdmin(caller: EntraCaller): boolean {
    return this.mapped(caller).includes("Admin");
  }

  /** Our tables, which must be there, and stock's tables of roles. */
  readonly tables: () => Promise<OwnTables> = once(async () => {
    await ensureReady(this.app);
    const { reading } = this.app.database();
    await requireAuthTables(reading);
    const client = await this.app.database().connect();
    const own = await ownTables(client, this.app.config.MLFLOW_FUNCTIONS_SCHEMA).finally(() => client.release());
    const [found] = await reading.query<{ isThere: boolean }>(
      sql`SELECT to_regclass(${own.principal_roles}) IS NOT NULL AS "isThere"`,
    );
    if (!found!.isThere)
      throw unavailable("The database has no tables of Entra's principals yet. Run `npm run migrate` on it.");
    return own;
  });

  private async load(caller: EntraCaller): Promise<User> {
    const tables = await this.tables();
    const roles = this.mapped(caller);
    const stored = caller.isRecorded
      ? await this.storedOfRecorded(tables, caller, roles)
      : await this.stored(tables, caller, roles);
    if (!caller.isRecorded) await this.record(tables, caller, stored);
    const access = accessBy(roles, stored.grants);
    if (caller.groupsLeftOut && !access.isAdmin && (stored.groupsCount || this.mapsGroups()))
      throw tooManyGroups(caller);
    const hasOwn = roles.length > 0 || stored.grants.some(({ permission }) => permission !== "DENY");
    if (!hasOwn) throw noRights(caller);
    return this.user(caller, tables, access);
  }

  private user(caller: EntraCaller, tables: OwnTables, access: Access): User {
    const [key, principal] = [JSON.stringify(caller), keyOf(caller)];
    return {
      name: principal,
      isBasic: false,
      entra: caller,
      access,
      owner: { principal },
      principals: tables,
      again: () => this.users.reload(key),
      forget: () => this.users.forget(key),
    };
  }

  /** The roles that the settings give a caller. What is for everyone is for people, since any app can get a token. */
  private mapped(caller: EntraCaller): EntraRole[] {
    const { MLFLOW_FUNCTIONS_ENTRA_ROLES: roles, MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: usual } = this.app.config;
    const names = [
      ...caller.appRoles.map((name) => `app-role:${name}`),
      ...(caller.isRecorded ? [] : caller.groups).map((id) => `group:${id}`),
      `${caller.kind}:${caller.object}`,
    ];
    return [...names.map((name) => roles.get(name)), caller.kind === "user" ? usual : undefined].filter(
      (role) => role !== undefined,
    );
  }

  /** The roles beside the grants that the settings give a caller, by name. */
  namedRoles(caller: EntraCaller): string[] {
    return this.mapped(caller).flatMap((role) => (typeof role === "object" ? role.named : []));
  }

  private mapsGroups(): boolean {
    return [...this.app.config.MLFLOW_FUNCTIONS_ENTRA_ROLES.keys()].some((key) => key.startsWith("group:"));
  }

  private async storedOfRecorded(tables: OwnTables, caller: EntraCaller, roles: EntraRole[]): Promise<Stored> {
    const own = await this.stored(tables, { ...caller, groups: [] }, roles);
    if (caller.groups.length === 0) return own;
    const { grants } = await this.stored(tables, caller, roles);
    return { ...own, grants: [...own.grants, ...grants.filter(({ permission }) => permission === "DENY")] };
  }

  private async stored(tables: OwnTables, caller: EntraCaller, roles: EntraRole[]): Promise<Stored> {
    const { principals, principal_permissions, principal_roles } = tables;
    const names = principalsOf(caller);
    const named = roles.flatMap((role) => (typeof role === "object" ? role.named : []));
    const ofGroups = sql`starts_with(principal, ${`group:${caller.tenant}:`})`;
    const [stored] = await this.app.database().reading.query<Stored>(sql`
      SELECT (SELECT display FROM ${raw(principals)} WHERE key = ${keyOf(caller)}) AS display,
        ${caller.groupsLeftOut}::bool AND (EXISTS (SELECT FROM ${raw(principal_permissions)} WHERE ${ofGroups})
          OR EXISTS (SELECT FROM ${raw(principal_roles)} WHERE ${ofGroups})) AS "groupsCount",
        coalesce((SELECT json_agg(json_build_object('type', resource_type, 'pattern', resource_pattern,
            'permission', permission)) FROM (
          SELECT resource_type, resource_pattern, permission FROM ${raw(principal_permissions)}
            WHERE principal = ANY(${names}::text[])
          UNION ALL
          SELECT resource_type, resource_pattern, permission FROM role_permissions
            JOIN roles ON roles.id = role_id AND workspace = ${workspace}
            WHERE roles.name = ANY(${named}::text[])
              OR role_id IN (SELECT role_id FROM ${raw(principal_roles)} WHERE principal = ANY(${names}::text[]))
        ) granted), '[]') AS grants`);
    return stored!;
  }

  /** Notes who has signed in, so that something can be granted to them. It must not keep anyone out. */
  private async record({ principals }: OwnTables, caller: EntraCaller, { display }: Stored): Promise<void> {
    if (display === caller.display) return;
    try {
      await this.app.database().writing.query(sql`
        INSERT INTO ${raw(principals)} (key, kind, display) VALUES (${keyOf(caller)}, ${caller.kind}, ${caller.display})
        ON CONFLICT (key) DO UPDATE SET display = excluded.display`);
    } catch (error) {
      onceAMinute(`Who signed in could not be noted: ${causeOf(error)}`, console.warn);
    }
  }
}

function accessBy(roles: EntraRole[], grants: Grant[]): Access {
  const isEditor = roles.includes("Editor");
  const fallback: Level = isEditor ? "EDIT" : roles.includes("Reader") ? "READ" : "NO_PERMISSIONS";
  return new Access({
    isAdmin: roles.includes("Admin"),
    fallback,
    mayCreate: isEditor,
    grants: knownGrants(grants),
  });
}

const noRights = (caller: EntraCaller) =>
  new MlflowError(
    "PERMISSION_DENIED",
    `You are signed in as ${keyOf(caller)}, to whom nothing is granted here. Ask an administrator for an app role or a permission.`,
    { who: keyOf(caller) },
  );

const tooManyGroups = (caller: EntraCaller) =>
  new MlflowError(
    "PERMISSION_DENIED",
    "You are in more groups than a token can name, and permissions here are given to groups. Ask an administrator to give " +
      "app roles instead, or to have tokens name only the groups that are assigned to the application.",
    { forOperator: true, who: keyOf(caller) },
  );
