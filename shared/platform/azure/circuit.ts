/**
 * Circuit breaker for tables that the app can do without. It waits a bounded time, and after a failure makes no call
 * for a while, so that an outage of Table Storage slows one request and not each.
 */
import { within } from "./limits.ts";
import { describeFailure, type Tables, tables } from "./tables.ts";

/** How long to wait in milliseconds. The first time the SDK is loaded, a token fetched and a table made too. */
const patience = { first: 2_000, later: 1_000 };

/** Milliseconds until the next try: short after one slow answer, half a minute during an outage. */
const pauseAfter = (failures: number) => Math.min(30_000, 5_000 * 2 ** (failures - 1));

let tried = false;
let failures = 0;
let retryAt = 0;

/**
 * Runs `work` on the app's tables if they can be reached. Never throws.
 * @param work throws only where Table Storage does not do its work: an absent row is an answer
 * @param warn is told when they are away
 * @returns the answer in an object; undefined where they are away, or no setting says where they are
 */
export async function onTables<T>(
  work: (tables: Tables, abortSignal: AbortSignal) => Promise<T>,
  warn: (message: string) => void,
): Promise<{ value: T } | undefined> {
  if (Date.now() < retryAt) return undefined;
  const before = failures;
  // While this call is under way, others do not try.
  if (before > 0) retryAt = Date.now() + pauseAfter(before);
  const limit = tried ? patience.later : patience.first;
  try {
    const answer = await within(limit, async (signal) => {
      const opened = await tables();
      return opened && { value: await work(opened, signal) };
    });
    failures = 0;
    retryAt = 0;
    return answer;
  } catch (error) {
    // Several failures at the same time count once.
    if (failures === before) noteFailure(error, warn);
    return undefined;
  } finally {
    tried = true;
  }
}

function noteFailure(error: unknown, warn: (message: string) => void): void {
  failures += 1;
  const pause = pauseAfter(failures);
  retryAt = Date.now() + pause;
  warn(
    `Table Storage is away (${describeFailure(error)}). Uploads go on unrecorded; the next try is in ${pause / 1000} s.`,
  );
}
