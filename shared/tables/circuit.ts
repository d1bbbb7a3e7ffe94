import { describeFailure, tables as openedTables, type Tables } from "./tables.ts";

/** How long to wait in milliseconds. The first time the SDK is loaded, a token fetched and a table made too. */
const patience = { first: 2_000, later: 1_000 };
const pause = 30_000;

type Work<T> = (tables: Tables, abortSignal: AbortSignal) => Promise<T>;
type Warn = (message: string) => void;

/**
 * Stands between the app and storage that it can do without: waits a bounded time, and after a failure leaves it alone for
 * half a minute, so that storage which is away slows one request and not each.
 */
export class Circuit {
  private failedAt: number | undefined;
  private tried = false;
  private readonly open: () => Promise<Tables | undefined>;

  constructor(open: () => Promise<Tables | undefined>) {
    this.open = open;
  }

  /**
   * @param work throws only where storage does not do its work: an absent row is an answer
   * @returns the answer in an object, or undefined where storage is away. Never throws
   */
  async run<T>(work: Work<T>, warn: Warn): Promise<{ value: T } | undefined> {
    if (this.failedAt !== undefined && Date.now() - this.failedAt < pause) return undefined;
    // Until this one is answered, the others need not try.
    if (this.failedAt !== undefined) this.failedAt = Date.now();
    const limit = this.tried ? patience.later : patience.first;
    try {
      const answer = await within(limit, (signal) => this.start(work, signal));
      this.failedAt = undefined;
      return answer;
    } catch (error) {
      this.failedAt = Date.now();
      warn(`Table Storage is away (${describeFailure(error)}). Uploads go on unrecorded; the next try is in 30 s.`);
      return undefined;
    } finally {
      this.tried = true;
    }
  }

  private async start<T>(work: Work<T>, signal: AbortSignal): Promise<{ value: T } | undefined> {
    const opened = await this.open();
    return opened && { value: await work(opened, signal) };
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

const circuit = new Circuit(openedTables);

/** Works on the app's tables as far as they can be reached; see Circuit. */
export const onTables = <T>(work: Work<T>, warn: Warn) => circuit.run(work, warn);
