/** Sign-in by a name and a password that this server keeps. */
import type { AppContext } from "../platform/context.ts";
import { Attempts } from "../platform/identity/attempts.ts";
import type { PrincipalTables, User } from "../platform/identity/caller.ts";
import { hashPassword, isPassword, isUsualHash } from "../platform/identity/password.ts";
import { Recent } from "../platform/identity/recent.ts";
import type { Again } from "../platform/identity/signed-in.ts";
import { once } from "../platform/once.ts";
import { accessOfUser } from "../users/access.ts";
import { isUserName, publicPassword } from "../users/rules.ts";
import { findUser, makeOwnRole, replacePassword, type StoredUser } from "../users/store.ts";
import { sharedOwnRole, tooManyAttempts } from "./errors.ts";
import { prepareUsers } from "./first-admin.ts";
import type { Presented } from "./presented.ts";

/** What someone says to be. */
export interface Credentials {
  name: string;
  password: string;
}

interface Known {
  stored: StoredUser;
  user: User;
}

const withId = (known: Known | undefined) => known && { id: known.stored.id, user: known.user };

export class BasicSignIn {
  private readonly users: Recent<Known | undefined>;
  private readonly attempts = new Attempts();
  private readonly checking = new Map<string, Promise<Known | undefined>>();
  private readonly prepared: () => Promise<void>;
  private readonly maxAge: number;

  constructor(private readonly app: AppContext) {
    const { MLFLOW_AUTH_CACHE_TTL_SECONDS: seconds, MLFLOW_AUTH_CACHE_MAX_SIZE: most } = app.config;
    this.maxAge = seconds * 1000;
    this.users = new Recent((name) => this.load(name), this.maxAge, most, app.rights);
    this.prepared = once(() => prepareUsers(app));
  }

  /**
   * The user of these credentials; undefined where they are wrong. What was right is remembered as long as it is used
   * and the user's hash stays what it was.
   * @throws MlflowError REQUEST_LIMIT_EXCEEDED after too many failures from this address
   */
  async signIn(credentials: Credentials, presented: Presented): Promise<User | undefined> {
    if (!isUserName(credentials.name)) return this.refused(credentials, presented);
    await this.prepared();
    const known = await this.checked(credentials, presented);
    if (known) this.app.signedIn.keep(presented.key, this.stillIs(known.stored));
    return known?.user;
  }

  /** A user by name, as remembered for a while; undefined where there is none. A promise only where it is loaded. */
  userOf(name: string): { id: number; user: User } | undefined | Promise<{ id: number; user: User } | undefined> {
    const known = this.users.get(name);
    return known instanceof Promise ? known.then(withId) : withId(known);
  }

  private stillIs({ name, passwordHash }: StoredUser): Again {
    let used = performance.now();
    const unchanged = (known: Known | undefined) =>
      known?.stored.passwordHash === passwordHash ? known.user : undefined;
    return () => {
      const now = performance.now();
      if (now - used > this.maxAge) return undefined;
      used = now;
      const known = this.users.get(name);
      return known instanceof Promise ? known.then(unchanged) : unchanged(known);
    };
  }

  /** Requests with the same credentials from the same address share one check. */
  private checked(credentials: Credentials, { key, address }: Presented): Promise<Known | undefined> {
    const shared = `${key} ${address}`;
    const known = this.checking.get(shared);
    if (known) return known;
    const check = this.attempt(credentials, address).finally(() => this.checking.delete(shared));
    this.checking.set(shared, check);
    return check;
  }

  private async attempt(credentials: Credentials, address: string): Promise<Known | undefined> {
    const who = `${address} ${credentials.name}`;
    const wait = this.attempts.secondsToWait(who);
    if (wait > 0) throw tooManyAttempts(wait);
    const undo = this.attempts.begin(who);
    try {
      const known = await this.app.hashing.run(address, () => this.check(credentials));
      if (known) this.attempts.succeeded(who);
      else this.attempts.ended(who);
      return known;
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Always one query and one hash, whether there is such a user or not. */
  private async check({ name, password }: Credentials): Promise<Known | undefined> {
    const known = await this.users.reload(name);
    if (!known) this.users.forget(name);
    const isRight = await isPassword(password, known?.stored.passwordHash ?? undefined);
    if (!known) return undefined;
    if (!isRight) return this.replacePublic(known, password);
    if (known.stored.isAdmin && password === publicPassword) return undefined;
    return isUsualHash(known.stored.passwordHash!) ? known : this.renewed(known, password);
  }

  /**
   * A hash of another kind is replaced, so that a wrong password costs the same for all. Where that can't be done, as
   * on a read-only database, the old one is as good.
   */
  private async renewed(known: Known, password: string): Promise<Known> {
    return (await this.replaced(known, password).catch(() => undefined)) ?? known;
  }

  /** The configured password of the first admin replaces the one that old servers had by default. */
  private async replacePublic(known: Known, password: string): Promise<Known | undefined> {
    const { MLFLOW_AUTH_ADMIN_USERNAME: admin, MLFLOW_AUTH_ADMIN_PASSWORD: configured } = this.app.config;
    const { stored } = known;
    if (stored.name !== admin || password !== configured || password === publicPassword) return undefined;
    if (!stored.isAdmin || !(await isPassword(publicPassword, stored.passwordHash ?? undefined))) return undefined;
    return this.replaced(known, password);
  }

  /** The user with another hash of the password; undefined where the hash was changed meanwhile. */
  private async replaced({ stored }: Known, password: string): Promise<Known | undefined> {
    const hash = await hashPassword(password);
    const db = this.app.database().writing;
    if (!(await replacePassword(db, stored.id, stored.passwordHash!, hash))) return undefined;
    const known = await this.users.reload(stored.name);
    return known?.stored.passwordHash === hash ? known : undefined;
  }

  /** A name that nobody can have costs what a wrong password costs. */
  private async refused({ password }: Credentials, { address }: Presented): Promise<undefined> {
    await this.app.hashing.run(address, () => isPassword(password, undefined));
  }

  private async load(name: string): Promise<Known | undefined> {
    const stored = await findUser(this.app.database().reading, name);
    if (!stored) return undefined;
    const role = stored.ownRole ?? (await makeOwnRole(this.app.database().writing, stored.id));
    if (role === undefined) throw sharedOwnRole(stored);
    const user: User = {
      name: stored.name,
      isBasic: true,
      access: accessOfUser(stored, this.app.config.MLFLOW_AUTH_DEFAULT_PERMISSION),
      owner: { role },
      principals: await this.principalTables(),
      again: async () => (await this.users.reload(name))?.user ?? user,
      forget: () => this.users.forget(name),
    };
    return { stored, user };
  }

  /** What a user renames or deletes may be granted to principals of Entra too, where they sign in. */
  private async principalTables(): Promise<PrincipalTables | undefined> {
    if (!this.app.config.MLFLOW_FUNCTIONS_AUTH?.some((mode) => mode !== "basic")) return undefined;
    const { principalTables } = await import("./entra.ts");
    return principalTables(this.app);
  }
}
