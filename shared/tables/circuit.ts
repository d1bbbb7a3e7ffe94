/**
 * Stands between the app and tables that it can do without: waits a bounded time, and after a failure leaves them alone for half a
 * minute, so that Table Storage which is away slows one request and not each.
 */
import { describeFailure, type Tables, tables } from "./tables.ts";

/** How long to wait in milliseconds. The first time the SDK is loaded, a token fetched and a table made too. */
const patience = { first: 2_000, later: 1_000 };
const pause = 30_000;

let tried = false;
let failedAt: number | undefined;

/**
 * Works on the app's tables as far as they can be reached. Never throws.
 * @param work throws only where Table Storage does not do its work: an absent row is an answer
 * @param warn is told when they are away
 * @returns the answer in an object; undefined where they are away, or no setting says where they are
 */
export async function onTables<T>(
  work: (tables: Tables, abortSignal: AbortSignal) => Promise<T>,
  warn: (message: string) => void,
): Promise<{ value: T } | undefined> {
  if (failedAt !== undefined && Date.now() - failedAt < pause) return undefined;
  // Until this one is answered, the others need not try.
  if (failedAt !== undefined) failedAt = Date.now();
  const limit = tried ? patience.later : patience.first;
  try {
    const answer = await within(limit, async (signal) => {
      const opened = await tables();
      return opened && { value: await work(opened, signal) };
    });
    failedAt = undefined;
    return answer;
  } catch (error) {
    failedAt = Date.now();
    warn(`Table Storage is away (${describeFailure(error)}). Uploads go on unrecorded; the next try is in 30 s.`);
    return undefined;
  } finally {
    tried = true;
  }
}

async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds} ms`));
      controller.abort();
    }, milliseconds);
  });
  return Promise.race([work(controller.signal), late]).finally(() => clearTimeout(timer));
}
