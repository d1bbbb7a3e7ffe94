import type { InvocationContext } from "@azure/functions";
import type { Request } from "../http/request.ts";
import { Access } from "./access.ts";
import type { EntraCaller } from "./entra.ts";

/** Under whose name what someone creates is granted: a basic user's own role, or a principal of Entra. */
export type Owner = { role: number } | { principal: string };

/** The tables of Entra's principals, as SQL writes them. */
export interface PrincipalTables {
  principals: string;
  principal_permissions: string;
  principal_roles: string;
}

/** Someone whose sign-in was checked, with what they may do. */
export interface User {
  /** As grants and records name them: the name of a basic user, or the key of a principal of Entra. */
  name: string;
  /** Signed in with a password that this server keeps. */
  isBasic: boolean;
  /** Signed in by a cookie of the platform in front of the app, which the page can have it end. */
  hasSession?: boolean;
  /** What Entra says of who signed in by it. */
  entra?: EntraCaller;
  /** The API token that stands for the user. */
  token?: { id: number; name: string };
  access: Access;
  /** Left out where nobody signs in. */
  owner?: Owner;
  /** Left out where nobody signs in with Entra. */
  principals?: PrincipalTables;
  /** The same user with what they may do now, where `access` may be some seconds old. */
  again?: () => Promise<User>;
  /** Has the next request ask anew, since something was granted to the user. */
  forget?: () => void;
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

/**
 * The address that the platform saw a request come from, without its port: the last one of `X-Forwarded-For`. Those
 * before it are the client's own words.
 */
export function addressOf(request: Request): string {
  const last = request.header("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(last) ?? [];
  return (bracketed ?? plain ?? last).slice(0, maxAddress);
}

export const callerOf = (request: Request, invocation: InvocationContext, user: User): Caller => ({
  who: user.name,
  user,
  address: request.header("x-forwarded-for")?.slice(-maxAddress),
  requestId: invocation.invocationId,
  warn: (message) => invocation.warn(message),
});
