import { hash, randomBytes } from "node:crypto";
import { RecentlyUsed } from "../recently-used.ts";
import type { User } from "./caller.ts";

/** Who someone still is; undefined where that has to be verified anew. A promise only where something is loaded. */
export type Again = () => User | undefined | Promise<User | undefined>;

/**
 * Who signed in by which header a short while ago. What they sent is not kept: the key is a hash of it with a secret of
 * this process. How long it holds is for the way to sign in to decide.
 */
export class SignedIn {
  private readonly secret = randomBytes(32).toString("base64");
  private readonly known: RecentlyUsed<Again>;

  /** @param most how many to remember */
  constructor(most: number) {
    this.known = new RecentlyUsed(most);
  }

  keyOf(header: string, value: string): string {
    return hash("sha256", `${this.secret} ${header} ${value}`, "base64");
  }

  /** Who is remembered; undefined where nobody is, or no longer. */
  userOf(key: string): User | undefined | Promise<User | undefined> {
    const user = this.known.get(key)?.();
    if (user === undefined) this.known.delete(key);
    return user;
  }

  keep(key: string, again: Again): void {
    this.known.set(key, again);
  }
}
