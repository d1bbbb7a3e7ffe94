/** What a request needs a connection for. Writes may wait for row locks. */
export type Use = "read" | "write";

interface Waiter {
  use: Use;
  start(): void;
}

/** The reason why no turn was given. */
export class NoTurn extends Error {}

/**
 * Lets as many users have a connection at once as `limit` says; others wait in the order they came. Each use leaves a
 * fifth to the other, so that writes that wait for a lock do not keep reads waiting.
 */
export class Turns {
  private readonly running = { read: 0, write: 0 };
  private readonly waiting: Record<Use, Waiter[]> = { read: [], write: [] };

  /** @param mostWaiting of each use; the next one is refused at once */
  constructor(
    private readonly limit: () => number,
    private readonly mostWaiting: number,
  ) {}

  /**
   * Resolves when it is this user's turn, which ends with `give`.
   * @param milliseconds how long to wait at most
   * @param again goes before those who wait, since it had its turn already
   * @throws NoTurn
   */
  async take(use: Use, milliseconds: number, again = false): Promise<void> {
    if (this.takeAtOnce(use)) return;
    const queue = this.waiting[use];
    if (queue.length >= this.mostWaiting && !again) throw new NoTurn("too many requests wait for a connection");
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(waiter), 1);
        reject(new NoTurn("no connection was free in time"));
      }, milliseconds);
      const waiter: Waiter = {
        use,
        start: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      if (again) queue.unshift(waiter);
      else queue.push(waiter);
    });
  }

  /** Whether it is this user's turn at once, which ends with `give`. */
  takeAtOnce(use: Use): boolean {
    this.startNext();
    if (!this.mayRun(use)) return false;
    this.running[use]++;
    return true;
  }

  give(use: Use): void {
    this.running[use]--;
    this.startNext();
  }

  /** How many wait. */
  get queued(): number {
    return this.waiting.read.length + this.waiting.write.length;
  }

  private startNext(): void {
    for (let found = true; found; ) {
      found = false;
      for (const use of ["read", "write"] as const) {
        if (!this.mayRun(use)) continue;
        const waiter = this.waiting[use].shift();
        if (!waiter) continue;
        this.running[use]++;
        waiter.start();
        found = true;
      }
    }
  }

  private mayRun(use: Use): boolean {
    const limit = this.limit();
    const kept = limit > 1 ? Math.max(1, Math.floor(limit / 5)) : 0;
    return this.running.read + this.running.write < limit && this.running[use] < limit - kept;
  }
}
