/** Sign-in by a name and a password that this server keeps. */
import { createHmac, randomBytes } from "node:crypto";
import type { AppContext } from "../platform/context.ts";
import { Attempts } from "../platform/identity/attempts.ts";
import type { PrincipalTables, User } from "../platform/identity/caller.ts";
import { hashPassword, isPassword, isUsualHash } from "../platform/identity/password.ts";
import { Recent } from "../platform/identity/recent.ts";
import { once } from "../platform/once.ts";
import { accessOfUser } from "../users/access.ts";
import { isUserName, publicPassword } from "../users/rules.ts";
import { findUser, makeOwnRole, replacePassword, type StoredUser } from "../users/store.ts";
import { sharedOwnRole, tooManyAttempts } from "./errors.ts";
import { prepareUsers } from "./first-admin.ts";

/** What someone says to be. */
export interface Credentials {
  name: string;
  password: string;
  /** Where they ask from. */
  address: string;
}

interface Known {
  stored: StoredUser;
  user: User;
}

interface Verified {
  /** The hash that the password belongs to. */
  hash: string;
  /** When it was used last, on the clock of `performance.now()`. */
  at: number;
}

export class BasicSignIn {
  private readonly users: Recent<Known | undefined>;
  private readonly attempts = new Attempts();
  private readonly verified = new Map<string, Verified>();
  private readonly checking = new Map<string, Promise<User | undefined>>();
  private readonly secret = randomBytes(32);
  private readonly prepared: () => Promise<void>;
  private readonly maxAge: number;

  constructor(private readonly app: AppContext) {
    const { MLFLOW_AUTH_CACHE_TTL_SECONDS: seconds, MLFLOW_AUTH_CACHE_MAX_SIZE: most } = app.config;
    this.maxAge = seconds * 1000;
    this.users = new Recent((name) => this.load(name), this.maxAge, most, app.rights);
    this.prepared = once(() => prepareUsers(app));
  }

  /**
   * The user of these credentials; undefined where they are wrong. A pair that was right is remembered, keyed by a
   * secret of this process, as long as it is used and the user's hash stays what it was.
   * @throws MlflowError REQUEST_LIMIT_EXCEEDED after too many failures from this address
   */
  async signIn(credentials: Credentials): Promise<User | undefined> {
    if (!isUserName(credentials.name)) return this.refused(credentials);
    await this.prepared();
    const key = this.keyOf(credentials);
    return (await this.remembered(key, credentials.name)) ?? this.checked(key, credentials);
  }

  private keyOf({ name, password }: Credentials): string {
    return createHmac("sha256", this.secret).update(`${name}\0${password}`).digest("base64");
  }

  private async remembered(key: string, name: string): Promise<User | undefined> {
    const verified = this.verified.get(key);
    if (!verified || performance.now() - verified.at > this.maxAge) return undefined;
    const known = await this.users.get(name);
    if (known?.stored.passwordHash !== verified.hash) {
      this.verified.delete(key);
      return undefined;
    }
    this.remember(key, verified.hash);
    return known.user;
  }

  private remember(key: string, hash: string): void {
    this.verified.delete(key);
    this.verified.set(key, { hash, at: performance.now() });
    if (this.verified.size > this.app.config.MLFLOW_AUTH_CACHE_MAX_SIZE)
      this.verified.delete(this.verified.keys().next().value!);
  }

  /** Requests with the same credentials from the same address share one check. */
  private checked(key: string, credentials: Credentials): Promise<User | undefined> {
    const shared = `${key} ${credentials.address}`;
    const known = this.checking.get(shared);
    if (known) return known;
    const check = this.attempt(key, credentials).finally(() => this.checking.delete(shared));
    this.checking.set(shared, check);
    return check;
  }

  private async attempt(key: string, credentials: Credentials): Promise<User | undefined> {
    const who = `${credentials.address} ${credentials.name}`;
    const wait = this.attempts.secondsToWait(who);
    if (wait > 0) throw tooManyAttempts(wait);
    const undo = this.attempts.begin(who);
    try {
      const known = await this.app.hashing.run(credentials.address, () => this.check(credentials));
      if (!known) {
        this.attempts.ended(who);
        return undefined;
      }
      this.attempts.succeeded(who);
      this.remember(key, known.stored.passwordHash!);
      return known.user;
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
  private async refused({ password, address }: Credentials): Promise<undefined> {
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
