import { within } from "../platform/azure/limits.ts";
import type { Cause } from "../platform/causes/cause.ts";

/** One thing that the app needs, and whether it works. */
export interface Check {
  name: string;
  ok: boolean;
  /** A sentence. */
  message: string;
  /** What to do, where it does not work. */
  mend?: string;
}

/** The body of `/health?deep`. */
export interface Health {
  status: "ok" | "failing";
  checks: Check[];
}

/** Milliseconds that a check may take. */
export const checkLimit = 4_000;

export const works = (name: string, message: string): Check => ({ name, ok: true, message });

/** What is wrong, and what mends it where the sentence does not say so itself. */
export type Fault = Pick<Cause, "message"> & Partial<Pick<Cause, "mend">>;

export const fails = (name: string, { message, mend }: Fault): Check => ({
  name,
  ok: false,
  message,
  ...(mend !== undefined && { mend }),
});

/** Runs a check for a limited time; an error, also that the time is over, is told by `fault`. Never throws. */
export async function checked(
  name: string,
  look: (signal: AbortSignal) => Promise<Check>,
  fault: (error: unknown) => Fault,
): Promise<Check> {
  try {
    return await within(checkLimit, look);
  } catch (error) {
    return fails(name, fault(error));
  }
}

/** How far this machine's clock is ahead of another's, in milliseconds; asked between two readings of this one. */
export const aheadBy = (theirs: number, before: number, after = Date.now()): number => (before + after) / 2 - theirs;
