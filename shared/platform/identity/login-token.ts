/** The Entra token that stands in for a password at a PostgreSQL server on Azure. */
import type { AccessToken } from "@azure/identity";
import { within } from "../azure/limits.ts";
import { tokenAnew, tokenFor } from "./credential.ts";

/** There is no token to log in with; the cause has the reason. */
export class NoToken extends Error {
  override readonly name = "NoToken";
}

export interface TokenSource {
  /** A token that is good for a while; the library may have it already. */
  token(): Promise<AccessToken>;
  /** A token that was issued now, whatever the library has. */
  anew(): Promise<AccessToken>;
}

interface Held {
  token: string;
  /** From then on a new one is asked for while this one is used. By Date.now(), as the next. */
  renewAt: number;
  /** From then on it is of no use. */
  endsAt: number;
}

const seconds = 1000;
// The library answers what it has until five minutes before the end.
const renewal = 240 * seconds;
/** For the way to the server and its clock. */
const slack = 30 * seconds;
const pauseBetweenRenewals = 30 * seconds;
const pauseBetweenReplacements = 60 * seconds;

/** One token for all connections: they share a fetch, and it is renewed while the old one is good. */
export class LoginToken {
  private readonly source: TokenSource;
  private held: Held | undefined;
  private asking: Promise<Held> | undefined;
  private askedAt = Number.NEGATIVE_INFINITY;
  private replacedAt = Number.NEGATIVE_INFINITY;

  constructor(source: TokenSource) {
    this.source = source;
  }

  /**
   * A token to log in with.
   * @param milliseconds that it may take; without them as long as the identity does
   * @throws NoToken where there is none in time
   */
  async get(milliseconds?: number): Promise<string> {
    const { held } = this;
    const now = Date.now();
    if (held && now < held.endsAt) {
      if (now >= held.renewAt && now - this.askedAt >= pauseBetweenRenewals) this.ask("token").catch(() => {});
      return held.token;
    }
    const asked = this.ask("token");
    const { token } = await (milliseconds === undefined ? asked : inTime(milliseconds, asked));
    return token;
  }

  /**
   * Whether there is another token to try after a server refused `refused`. A new one is asked for once a minute at the
   * most, since a server may refuse all of them: a role that is missing there takes minutes to come.
   * @throws NoToken where a new one is not to be had in time
   */
  async isReplaced(refused: string, milliseconds: number): Promise<boolean> {
    if (this.held?.token === refused) {
      if (Date.now() - this.replacedAt < pauseBetweenReplacements) return false;
      this.replacedAt = Date.now();
      this.held = undefined;
      this.ask("anew").catch(() => {});
    }
    return (await this.get(milliseconds)) !== refused;
  }

  /** Those that ask meanwhile share the answer. */
  private ask(way: keyof TokenSource): Promise<Held> {
    this.asking ??= this.fetch(way).finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async fetch(way: keyof TokenSource): Promise<Held> {
    this.askedAt = Date.now();
    try {
      const { token, expiresOnTimestamp, refreshAfterTimestamp } = await this.source[way]();
      const renewAt = Math.min(expiresOnTimestamp - renewal, refreshAfterTimestamp ?? Number.POSITIVE_INFINITY);
      this.held = { token, renewAt, endsAt: expiresOnTimestamp - slack };
      return this.held;
    } catch (cause) {
      throw new NoToken("The app's identity gets no token for the database", { cause });
    }
  }
}

async function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  try {
    return await within(milliseconds, () => work);
  } catch (cause) {
    throw cause instanceof NoToken
      ? cause
      : new NoToken("The app's identity gets no token for the database in time", { cause });
  }
}

const tokens = new Map<string, LoginToken>();

/** The app's token for a scope, such as `https://ossrdbms-aad.database.windows.net/.default`: one of a process. */
export function loginToken(scope: string): LoginToken {
  const known = tokens.get(scope);
  if (known) return known;
  const made = new LoginToken({ token: () => tokenFor(scope), anew: () => tokenAnew(scope) });
  tokens.set(scope, made);
  return made;
}
