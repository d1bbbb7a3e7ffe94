import type { InvocationContext } from "@azure/functions";
import type { Request } from "../http/request.ts";
import { Access } from "./access.ts";

/**
 * Under whose name what someone creates is granted: the id of a basic user's own role, or the key of a principal
 * of Entra with the table of such grants, as SQL writes it.
 */
export type Owner = { role: number } | { principal: string; table: string };

/** Someone whose sign-in was checked, with what they may do. */
export interface User {
  /** As grants and records name them: the name of a basic user, or the key of a principal of Entra. */
  name: string;
  /** Signed in with a password that this server keeps. */
  isBasic: boolean;
  access: Access;
  /** Left out where nobody signs in. */
  owner?: Owner;
  /** The table of the grants of Entra's principals, as SQL writes it, where they sign in. */
  principalGrants?: string;
}

/** Everyone, where nobody signs in. */
export const anonymous: User = { name: "anonymous", isBasic: false, access: Access.everything };

/** Who asks for what is open to all. */
export const nobody: User = { name: "anonymous", isBasic: false, access: Access.nothing };

/** Who makes a request, as the ledger and the grant log record it. */
export interface Caller {
  who: string;
  user: User;
  /** The addresses it came through. Only the last one, set by the platform, can't be forged. */
  address?: string;
  /** The id of the invocation, as in the log. */
  requestId: string;
  /** Writes a line to the log, under the request. */
  warn(message: string): void;
}

const maxAddress = 256;

export const callerOf = (request: Request, invocation: InvocationContext, user: User): Caller => ({
  who: user.name,
  user,
  address: request.header("x-forwarded-for")?.slice(-maxAddress),
  requestId: invocation.invocationId,
  warn: (message) => invocation.warn(message),
});
