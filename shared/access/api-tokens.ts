/** Sign-in by an API token, and its making and revoking. A token stands for its owner, who is asked for at each use. */
import type { OwnTables } from "../mlflow/schema/own-tables.ts";
import type { AppContext } from "../platform/context.ts";
import { Attempts } from "../platform/identity/attempts.ts";
import type { User } from "../platform/identity/caller.ts";
import { Few } from "../platform/identity/few.ts";
import { Recent } from "../platform/identity/recent.ts";
import type { AskedToken, ListedToken, TokenKeeper } from "../platform/identity/token-keeper.ts";
import { once } from "../platform/once.ts";
import { causeOf, onceAMinute } from "../platform/once-a-minute.ts";
import { RecentlyUsed } from "../platform/recently-used.ts";
import { tokenErrors } from "../tokens/errors.ts";
import { hashOf, longestName, mostTokens, newToken } from "../tokens/rules.ts";
import * as store from "../tokens/store.ts";
import type { BasicSignIn } from "./basic.ts";
import { tooManyAttempts } from "./errors.ts";
import type { Presented } from "./presented.ts";
import { type Held, next, ownerOf, userByToken } from "./token-owner.ts";
import { tokenTables } from "./token-tables.ts";

const day = 24 * 3600 * 1000;
/** Milliseconds that a token is remembered; it and what its owner may do are asked for again within half a minute. */
const maxAge = 25_000;
const pauseBetweenNotes = 60_000;
const lookUpsAtOnce = 4;
const mostWaiting = 256;

export class ApiTokens implements TokenKeeper {
  private readonly known: Recent<Held | undefined>;
  private readonly noted: RecentlyUsed<number>;
  private readonly attempts = new Attempts();
  private readonly lookUps = new Few(lookUpsAtOnce, mostWaiting);
  private readonly checking = new Map<string, Promise<User | undefined>>();
  private readonly tables: () => Promise<OwnTables>;

  /** @param basic the sign-in that knows the basic users */
  constructor(
    private readonly app: AppContext,
    private readonly basic: () => Promise<BasicSignIn>,
  ) {
    const { MLFLOW_AUTH_CACHE_MAX_SIZE: most } = app.config;
    this.known = new Recent((hash) => this.load(hash), maxAge, most, app.rights);
    this.noted = new RecentlyUsed(most);
    this.tables = once(() => tokenTables(app));
  }

  /**
   * The user that a token stands for; undefined where there is no such token. Requests that bring it at the same time
   * share one look-up.
   * @throws MlflowError UNAUTHENTICATED for one that has expired, PERMISSION_DENIED where its owner may nothing,
   * REQUEST_LIMIT_EXCEEDED where the same wrong one came too often from an address
   */
  async signIn(token: string, { key, address }: Presented): Promise<User | undefined> {
    const hash = hashOf(token).toString("hex");
    const who = `${address} ${hash}`;
    const check = this.checking.get(who) ?? this.attempt(hash, who, address).finally(() => this.checking.delete(who));
    this.checking.set(who, check);
    const user = await check;
    if (user) this.app.signedIn.keep(key, () => this.userOf(hash));
    return user;
  }

  private async attempt(hash: string, who: string, address: string): Promise<User | undefined> {
    const wait = this.attempts.secondsToWait(who);
    if (wait > 0) throw tooManyAttempts(wait);
    const undo = this.attempts.begin(who);
    try {
      const user = await this.lookUps.run(address, () => this.anew(hash));
      if (user) this.attempts.succeeded(who);
      else this.attempts.ended(who);
      return user;
    } catch (error) {
      undo();
      throw error;
    }
  }

  private async anew(hash: string): Promise<User | undefined> {
    if (await this.known.reload(hash)) return this.userOf(hash);
    this.known.forget(hash);
    return undefined;
  }

  /** A promise only where something has to be loaded. */
  private userOf(hash: string, isUse = true): User | undefined | Promise<User | undefined> {
    return next(this.known.get(hash), (held) => {
      if (!held) return undefined;
      if (Date.now() >= held.until) throw tokenErrors.expired();
      if (isUse) this.noteUse(held);
      return next(held.owner(), (owner) => owner && userByToken(held, owner, () => this.again(hash)));
    });
  }

  /** The same from what is stored now. */
  private async again(hash: string): Promise<User> {
    const held = await this.known.reload(hash);
    const owner = await held?.owner();
    const now = await owner?.again?.();
    if (!held || !now) throw tokenErrors.revoked();
    return userByToken(held, now, () => this.again(hash));
  }

  private async load(hash: string): Promise<Held | undefined> {
    const stored = await store.findToken(this.app.database().reading, await this.tables(), Buffer.from(hash, "hex"));
    if (!stored) return undefined;
    const { MLFLOW_FUNCTIONS_TOKEN_MAX_DAYS: most } = this.app.config;
    return {
      stored,
      until: Math.min(stored.expires, stored.created + most * day),
      ...(await ownerOf(stored, this.app, this.basic)),
    };
  }

  /** Off the request's path: the answer does not wait for it. */
  private noteUse({ stored: { id } }: Held): void {
    const now = performance.now();
    const last = this.noted.get(String(id));
    if (last !== undefined && now - last < pauseBetweenNotes) return;
    this.noted.set(String(id), now);
    this.tables()
      .then((tables) => store.noteUse(this.app.database().writing, tables, id))
      .catch((error) => onceAMinute(`The use of a token could not be noted: ${causeOf(error)}`, console.warn));
  }

  async create(user: User, asked: AskedToken): Promise<{ text: string; token: ListedToken }> {
    if (user.token) throw tokenErrors.byToken();
    const { entra: caller } = user;
    const owner = await this.ownerKey(user);
    return this.make({ owner, ownerName: user.name, caller: caller ? { ...caller, isRecorded: true } : null }, asked);
  }

  /** Makes a token of a user or principal by name, for an operator. What their groups deny can't be told then. */
  async createFor(name: string, asked: AskedToken): Promise<{ text: string; token: ListedToken }> {
    const [, kind, tenant = "", object = ""] = /^(user|app):([^:]+):([^:]+)$/.exec(name) ?? [];
    if (!kind) return this.make({ owner: await this.basicOwner(name), ownerName: name, caller: null }, asked);
    const tables = await this.tables();
    const display = await store.findPrincipal(this.app.database().reading, tables, name);
    if (display === undefined) throw tokenErrors.noOwner(name);
    const caller = { kind: kind as "user" | "app", tenant, object, display, appRoles: [], groups: [] };
    return this.make(
      { owner: name, ownerName: name, caller: { ...caller, groupsLeftOut: true, isRecorded: true } },
      asked,
    );
  }

  private async make(
    whose: Pick<store.NewToken, "owner" | "ownerName" | "caller">,
    { name, role, readOnly = false, days }: AskedToken,
  ): Promise<{ text: string; token: ListedToken }> {
    if (name.trim() === "" || [...name].length > longestName || /\p{Cc}/u.test(name)) throw tokenErrors.badName();
    const lasts = this.daysOf(days);
    const [tables, { reading, writing }] = [await this.tables(), this.app.database()];
    const roleId = role === undefined ? null : ((await store.findRole(reading, role)) ?? null);
    if (role !== undefined && roleId === null) throw tokenErrors.noRole(role);
    const text = newToken();
    const hash = hashOf(text);
    const id = await store.insertToken(writing, tables, { ...whose, hash, name, readOnly, roleId, days: lasts });
    if (id === undefined) {
      const count = await store.countTokens(reading, tables, whose.owner);
      throw count >= mostTokens ? tokenErrors.tooMany() : tokenErrors.nameTaken(name);
    }
    // One that its owner could not use is not made: it is asked for as at its use.
    try {
      if (!(await this.userOf(hash.toString("hex"), false))) throw tokenErrors.noOwner(whose.ownerName);
    } catch (error) {
      await store.deleteToken(writing, tables, id);
      this.known.forget(hash.toString("hex"));
      throw error;
    }
    const made = (await store.listTokens(reading, tables, whose.owner)).find((token) => token.id === id);
    return { text, token: made! };
  }

  private daysOf(days: number | undefined): number {
    const { MLFLOW_FUNCTIONS_TOKEN_DEFAULT_DAYS: usual, MLFLOW_FUNCTIONS_TOKEN_MAX_DAYS: most } = this.app.config;
    if (days === undefined) return Math.min(usual, most);
    if (!Number.isInteger(days) || days < 1 || days > most) throw tokenErrors.badLife(most);
    return days;
  }

  async list(user: User, ofAll = false): Promise<ListedToken[]> {
    const owner = ofAll && user.access.isAdmin ? undefined : await this.ownerKey(user);
    return store.listTokens(this.app.database().reading, await this.tables(), owner);
  }

  async revoke(user: User, id: number): Promise<void> {
    if (user.token) throw tokenErrors.byToken();
    await this.remove(id, user.access.isAdmin ? undefined : await this.ownerKey(user));
  }

  /** All tokens, for an operator. */
  async listAll(): Promise<ListedToken[]> {
    return store.listTokens(this.app.database().reading, await this.tables());
  }

  /** Revokes a token; anyone's where `owner` is left out. Answers its name. */
  async remove(id: number, owner?: string): Promise<string> {
    const name = await store.deleteToken(this.app.database().writing, await this.tables(), id, owner);
    if (name === undefined) throw tokenErrors.notFound(id);
    this.app.rights.changed();
    return name;
  }

  private async ownerKey({ entra, name }: User): Promise<string> {
    return entra ? name : this.basicOwner(name);
  }

  private async basicOwner(name: string): Promise<string> {
    const id = await store.findUserId(this.app.database().reading, name);
    if (id === undefined) throw tokenErrors.noOwner(name);
    return `basic:${id}`;
  }
}
