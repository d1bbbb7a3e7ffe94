/**
 * Attempts to sign in that failed: the next one of the same name from the same address has to wait, longer each time.
 */

interface Failed {
  times: number;
  /** When the next attempt is let in, on the clock of `performance.now()`. */
  next: number;
}

/** How many failures nothing is done about: people mistype. */
const free = 5;
/** Milliseconds to wait after the failures that are free; each further one doubles them, up to the longest. */
const shortest = 5000;
const longest = 60_000;
/** Milliseconds after which failures are forgotten. */
const memory = 15 * 60_000;
const most = 10_000;

const pauseAfter = (times: number) => (times < free ? 0 : Math.min(longest, shortest * 2 ** (times - free)));

export class Attempts {
  private readonly failed = new Map<string, Failed>();

  /** @returns how many seconds to wait before the next attempt; 0 where there is no need */
  secondsToWait(who: string): number {
    const failed = this.failed.get(who);
    return failed ? Math.max(0, Math.ceil((failed.next - performance.now()) / 1000)) : 0;
  }

  /**
   * Counts an attempt as failed. It does so when the attempt begins, so that many at the same time count too.
   * @returns what takes that back, for an attempt that told nothing
   */
  begin(who: string): () => void {
    const now = performance.now();
    const before = this.failed.get(who);
    const times = before && now - before.next < memory ? before.times + 1 : 1;
    this.failed.delete(who);
    this.failed.set(who, { times, next: now + pauseAfter(times) });
    if (this.failed.size > most) this.failed.delete(this.failed.keys().next().value!);
    return () => (before ? this.failed.set(who, before) : this.failed.delete(who));
  }

  /** Has the wait begin now: checking the attempt may have taken longer than it. */
  ended(who: string): void {
    const failed = this.failed.get(who);
    if (failed) failed.next = performance.now() + pauseAfter(failed.times);
  }

  succeeded(who: string): void {
    this.failed.delete(who);
  }
}
