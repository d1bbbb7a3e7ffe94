import type { InvocationContext } from "@azure/functions";
import type { Request } from "../http/request.ts";

/** Who makes a request, as the ledger and the grant log record it. */
export interface Caller {
  /** `anonymous`: there is no sign-in yet. */
  who: string;
  /** The addresses it came through. Only the last one, set by the platform, can't be forged. */
  address?: string;
  /** The id of the invocation, as in the log. */
  requestId: string;
  /** Writes a line to the log, under the request. */
  warn(message: string): void;
}

const maxAddress = 256;

export const callerOf = (request: Request, invocation: InvocationContext): Caller => ({
  who: "anonymous",
  address: request.header("x-forwarded-for")?.slice(-maxAddress),
  requestId: invocation.invocationId,
  warn: (message) => invocation.warn(message),
});
