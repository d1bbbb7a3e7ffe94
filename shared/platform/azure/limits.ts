/**
 * How long the app waits for Blob Storage, and how many operations at once. Storage that is away or slow then costs
 * only what needs it.
 */

import { setMaxListeners } from "node:events";

/** Milliseconds that one try may take, but for its bytes. */
const tryLimit = 10_000;
const maxTries = 2;
/** The least rate for content. A whole file is tried once: its client repeats the request. */
const bytesPerMillisecond = 1_000;
const maxTryLimit = 110_000;

const maxRunning = 16;
/** Further operations wait: at most this many, holding at most this many bytes, for at most this many milliseconds. */
const room = { operations: 48, bytes: 64 * 1024 * 1024, milliseconds: 10_000 };

/**
 * Storage did not answer in time, or too many wait for it already. Nothing is known of what it did with the last try.
 */
export class StorageLate extends Error {
  override readonly name = "StorageLate";
}

/**
 * Runs `work` for a limited time.
 * @throws StorageLate when the time is over, whether or not `work` heeds the signal
 */
export async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // An operation may have many calls under way.
  setMaxListeners(0, controller.signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StorageLate(`no answer within ${Math.round(milliseconds)} ms`));
      controller.abort();
    }, milliseconds);
  });
  return Promise.race([work(controller.signal), late]).finally(() => clearTimeout(timer));
}

/** The operations on storage of one context: how many are under way, who waits, and whether storage is slow. */
export class StorageLimits {
  private readonly underWay = new Set<{ since: number }>();
  private readonly waiting = new Set<{ start(): void }>();
  private running = 0;
  private waitingBytes = 0;
  private lateAt = 0;

  /**
   * Runs one operation on storage within bounds. It can be repeated: a try that takes too long is cut off, and made
   * once more.
   * @param work ends its calls on the signal
   * @param bytes of the content that is sent or read, which lengthen the limit
   * @param retrying is told of the second try
   * @throws StorageLate where it is not answered in time, or where too many wait
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>, bytes = 0, retrying?: () => void): Promise<T> {
    await this.turn(bytes);
    const operation = { since: Date.now() };
    this.underWay.add(operation);
    try {
      const limit = Math.min(maxTryLimit, tryLimit + bytes / bytesPerMillisecond);
      for (let attempt = 1; ; attempt++) {
        try {
          return await within(limit, work);
        } catch (error) {
          if (!(error instanceof StorageLate)) throw error;
          this.lateAt = Date.now();
          if (bytes > 0 || attempt === maxTries) throw error;
          retrying?.();
        }
      }
    } finally {
      this.underWay.delete(operation);
      this.release();
    }
  }

  /** Whether storage was late in the last half minute, or a request has waited for it for more than a second. */
  isSlow(): boolean {
    const now = Date.now();
    return now - this.lateAt < 30_000 || [...this.underWay].some(({ since }) => now - since > 1_000);
  }

  private async turn(bytes: number): Promise<void> {
    if (this.running < maxRunning) {
      this.running += 1;
      return;
    }
    if (this.waiting.size >= room.operations || this.waitingBytes + bytes > room.bytes)
      throw new StorageLate("too many requests wait for storage");
    await new Promise<void>((start, refuse) => {
      const leave = () => {
        clearTimeout(timer);
        this.waiting.delete(waiter);
        this.waitingBytes -= bytes;
      };
      const timer = setTimeout(() => {
        leave();
        refuse(new StorageLate(`no turn within ${room.milliseconds} ms`));
      }, room.milliseconds);
      const waiter = {
        start: () => {
          leave();
          start();
        },
      };
      this.waiting.add(waiter);
      this.waitingBytes += bytes;
    });
  }

  /** Gives the turn to the operation that has waited longest. */
  private release(): void {
    const [next] = this.waiting;
    if (next) next.start();
    else this.running -= 1;
  }
}
