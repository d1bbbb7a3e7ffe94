/** What a caller may do, decided by grants (mlflow/server/auth/sqlalchemy_store.py, permissions.py). */

export const levels = ["NO_PERMISSIONS", "READ", "USE", "EDIT", "MANAGE"] as const;

/** How much of a resource someone has. */
export type Level = (typeof levels)[number];

/** What a grant says: a level, or DENY, which wins over whatever else is granted. */
export type Permission = Level | "DENY";

export const isPermission = (text: string): text is Permission =>
  text === "DENY" || (levels as readonly string[]).includes(text);

export type Action = "read" | "use" | "update" | "delete" | "manage";

const needed: Record<Action, Level> = { read: "READ", use: "USE", update: "EDIT", delete: "MANAGE", manage: "MANAGE" };

const rank = (level: Level) => levels.indexOf(level);

/** @returns whether a level is enough for an action */
export const suffices = (level: Level, action: Action): boolean => rank(level) >= rank(needed[action]);

const higher = (one: Level, other: Level): Level => (rank(one) >= rank(other) ? one : other);

const lower = (one: Level, other: Level): Level => (rank(one) <= rank(other) ? one : other);

/** A resource, or with `*` all of its type. */
export interface Resource {
  type: string;
  id: string;
}

export interface Grant {
  type: string;
  /** An id, or `*`. */
  pattern: string;
  permission: Permission;
}

export interface Rights {
  /** May do everything. */
  isAdmin: boolean;
  /** What there is of a resource that no grant names. A grant of less does not lower it; DENY does. */
  fallback: Level;
  /** May create experiments and registered models. */
  mayCreate: boolean;
  grants: readonly Grant[];
}

/** Which resources of a type can be read. */
export type Reach = { all: true } | { except: readonly string[] } | { only: readonly string[] };

const everyId = "*";

export class Access {
  /** Whoever is asked by nobody: a server without sign-in. */
  static readonly everything = new Access({ isAdmin: true, fallback: "MANAGE", mayCreate: true, grants: [] });
  static readonly nothing = new Access({ isAdmin: false, fallback: "NO_PERMISSIONS", mayCreate: false, grants: [] });

  readonly isAdmin: boolean;
  /** Manages the workspace: may do all with what is in it, whatever else is denied. */
  readonly isManager: boolean;
  private readonly fallback: Level;
  private readonly creates: boolean;
  private readonly granted = new Map<string, Map<string, Permission>>();
  private readonly reaches = new Map<string, Reach>();

  constructor({ isAdmin, fallback, mayCreate, grants }: Rights) {
    this.isAdmin = isAdmin;
    this.fallback = fallback;
    for (const grant of grants) this.add(grant);
    const onWorkspace = this.granted.get("workspace")?.get(everyId);
    this.isManager = isAdmin || onWorkspace === "MANAGE";
    this.creates = this.isManager || mayCreate || onWorkspace === "USE";
  }

  private add({ type, pattern, permission }: Grant): void {
    const ofType = this.granted.get(type) ?? new Map<string, Permission>();
    this.granted.set(type, ofType.set(pattern, stronger(ofType.get(pattern), permission)));
  }

  /** What is granted on a resource, by its id or by `*`; undefined where nothing is. */
  private on({ type, id }: Resource): Permission | undefined {
    const ofType = this.granted.get(type);
    if (!ofType) return undefined;
    const [exact, all] = [ofType.get(id), ofType.get(everyId)];
    if (exact === undefined) return all;
    return stronger(all, exact);
  }

  /** What there is of a resource. The first of `resources` on which something is granted decides. */
  permissionOn(...resources: Resource[]): Permission {
    if (this.isManager) return "MANAGE";
    for (const resource of resources) {
      const permission = this.on(resource);
      if (permission === "DENY") return permission;
      if (permission !== undefined) return higher(permission, this.fallback);
    }
    return this.fallback;
  }

  /** Whether an action is allowed. The first of `resources` on which something is granted decides. */
  may(action: Action, ...resources: Resource[]): boolean {
    const permission = this.permissionOn(...resources);
    return permission !== "DENY" && suffices(permission, action);
  }

  /** Whether a resource of a type may be created: not where the type as a whole is denied. */
  mayCreate(type: string): boolean {
    return this.creates && !this.isDenied(type);
  }

  /** Whether a type as a whole is denied. */
  isDenied(type: string): boolean {
    return !this.isManager && this.on({ type, id: everyId }) === "DENY";
  }

  /** Whether something is granted on all of a type. */
  isGranted(type: string): boolean {
    return this.isManager || this.on({ type, id: everyId }) !== undefined;
  }

  /** Whether nothing is granted on single resources of a type, so that all of them are decided alike. */
  isUniform(type: string): boolean {
    if (this.isManager) return true;
    const ofType = this.granted.get(type);
    return !ofType || ofType.size === 0 || (ofType.size === 1 && ofType.has(everyId));
  }

  /** Which resources of a type can be read. */
  reach(type: string): Reach {
    const known = this.reaches.get(type) ?? this.reachOf(type);
    this.reaches.set(type, known);
    return known;
  }

  /** These rights without those to change anything. */
  readOnly(): Access {
    const grants = this.isManager ? [] : this.grants().filter(({ type }) => type !== "workspace");
    return new Access({
      isAdmin: false,
      fallback: this.isManager ? "READ" : lower(this.fallback, "READ"),
      mayCreate: false,
      grants: grants.map(({ permission, ...grant }) => ({
        ...grant,
        permission: permission === "DENY" ? permission : lower(permission, "READ"),
      })),
    });
  }

  /** Of these rights only what `grants` say, which are some of them. What is denied stays denied. */
  narrowedTo(grants: readonly Grant[]): Access {
    const denied = this.isManager ? [] : this.grants().filter(({ permission }) => permission === "DENY");
    return new Access({
      isAdmin: false,
      fallback: "NO_PERMISSIONS",
      mayCreate: false,
      grants: [...grants, ...denied],
    });
  }

  private grants = (): Grant[] =>
    [...this.granted].flatMap(([type, ofType]) =>
      [...ofType].map(([pattern, permission]) => ({ type, pattern, permission })),
    );

  private reachOf(type: string): Reach {
    if (this.isManager) return { all: true };
    const permissions = [...(this.granted.get(type) ?? [])].filter(([id]) => id !== everyId);
    if (this.may("read", { type, id: everyId })) {
      const except = permissions.filter(([, permission]) => permission === "DENY").map(([id]) => id);
      return except.length > 0 ? { except } : { all: true };
    }
    if (this.isDenied(type)) return { only: [] };
    return { only: permissions.filter(([id]) => this.may("read", { type, id })).map(([id]) => id) };
  }

  /** Whether every resource of a type can be read, those included that are not known to exist. */
  readsAll(type: string): boolean {
    return "all" in this.reach(type);
  }
}

function stronger(one: Permission | undefined, other: Permission): Permission {
  if (one === undefined) return other;
  return one === "DENY" || other === "DENY" ? "DENY" : higher(one, other);
}
