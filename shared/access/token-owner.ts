/** For whom an API token stands, and what of their rights it has. */
import type { AppContext } from "../platform/context.ts";
import type { User } from "../platform/identity/caller.ts";
import { tokenErrors } from "../tokens/errors.ts";
import type { StoredToken } from "../tokens/store.ts";
import type { BasicSignIn } from "./basic.ts";

type Loaded<T> = T | Promise<T>;

/** A token with what is remembered of it. */
export interface Held extends TokenOwner {
  stored: StoredToken;
  /** When it ends, in milliseconds since 1970. */
  until: number;
  /** The user it was answered as last, and the owner by whom that was told. */
  last?: { owner: User; user: User };
}

interface TokenOwner {
  /** Who the owner is now; undefined where they can't sign in any more. A promise only where that is loaded. */
  owner(): Loaded<User | undefined>;
  /** Roles that the settings give the owner, by name. */
  namedRoles: readonly string[];
}

/** The next step at once where a value is there, else when it has come. */
export const next = <T, R>(value: Loaded<T>, step: (value: T) => Loaded<R>): Loaded<R> =>
  value instanceof Promise ? value.then(step) : step(value);

const none: TokenOwner = { owner: () => undefined, namedRoles: [] };

/** The owner counts only as long as the settings let them sign in by their own way. */
export async function ownerOf(
  { owner, ownerName, caller }: StoredToken,
  app: AppContext,
  basic: () => Promise<BasicSignIn>,
): Promise<TokenOwner> {
  const { config } = app;
  const modes = config.MLFLOW_FUNCTIONS_AUTH ?? [];
  if (!caller) {
    if (!modes.includes("basic")) return none;
    const users = await basic();
    return {
      owner: () =>
        next(users.userOf(ownerName), (found) => (found && owner === `basic:${found.id}` ? found.user : undefined)),
      namedRoles: [],
    };
  }
  if (modes.every((mode) => mode === "basic")) return none;
  if (!config.MLFLOW_FUNCTIONS_ENTRA_TENANTS?.includes(caller.tenant)) return none;
  const { principalsOf } = await import("./entra.ts");
  const principals = await principalsOf(app);
  return { owner: principals.usersOf(caller), namedRoles: principals.namedRoles(caller) };
}

/**
 * The owner with the token's part of their rights.
 * @throws MlflowError PERMISSION_DENIED where it is narrowed to a role that the owner has not
 */
export function userByToken(held: Held, owner: User, again: () => Promise<User>): User {
  if (held.last?.owner === owner) return held.last.user;
  const { id, name, readOnly } = held.stored;
  const access = narrowed(held, owner);
  const user: User = { ...owner, token: { id, name }, access: readOnly ? access.readOnly() : access, again };
  held.last = { owner, user };
  return user;
}

function narrowed({ stored: { roleId, role }, namedRoles }: Held, { access, name }: User) {
  if (roleId === null) return access;
  if (!role || !(role.isHeld || access.isAdmin || namedRoles.includes(role.name))) throw tokenErrors.lostRole(name);
  return access.narrowedTo(role.grants);
}
