/** API tokens as routes and commands use them. Times are in milliseconds since 1970. */
import type { User } from "./caller.ts";

/** What someone asks a new token to be. */
export interface AskedToken {
  name: string;
  /** The one role that counts. */
  role?: string | undefined;
  readOnly?: boolean | undefined;
  /** How long it lasts; the usual time where it is left out. */
  days?: number | undefined;
}

/** A token without its text, which is told once. */
export interface ListedToken {
  id: number;
  name: string;
  /** A user's name, or the key of a principal of Entra. */
  owner: string;
  read_only: boolean;
  /** What it is narrowed to; null where it is not. */
  role: string | null;
  creation_time: number;
  expiration_time: number;
  last_used_time: number | null;
}

export interface TokenKeeper {
  /**
   * Makes a token of a user.
   * @returns its text, and what lists show
   * @throws MlflowError where it can't be as it is asked to be, or the user came by a token
   */
  create(user: User, asked: AskedToken): Promise<{ text: string; token: ListedToken }>;
  /** A user's tokens, or everyone's for an admin who asks for them; the oldest first. */
  list(user: User, ofAll?: boolean): Promise<ListedToken[]>;
  /**
   * Revokes one of a user's tokens; an admin revokes anyone's.
   * @throws MlflowError where there is none, or the user came by a token
   */
  revoke(user: User, id: number): Promise<void>;
}
