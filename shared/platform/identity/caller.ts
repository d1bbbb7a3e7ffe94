import type { InvocationContext } from "@azure/functions";
import type { Request } from "../http/request.ts";

/** Who makes a request, as the records have it. */
export interface Caller {
  /** `anonymous`: there is no sign-in yet. */
  who: string;
  /** The addresses it came through, of which only the last, the platform's own, can't be made up. */
  address?: string;
  /** The invocation that the log has the request under. */
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
