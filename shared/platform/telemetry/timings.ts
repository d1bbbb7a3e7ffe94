import { MlflowError } from "../errors.ts";

/** What a request waits for. `sign-in` is finding out who asks. */
export type Awaited = "database" | "blob" | "table" | "sign-in";

/** Something that a request waited for. Times are those of `performance.now()`. */
export interface Operation {
  of: Awaited;
  name: string;
  start: number;
  end: number;
  failed: boolean;
}

/** Further operations of a request are in its sums only. */
const mostOperations = 200;
/** Milliseconds. What is shorter was answered from memory. */
const shortest = 0.1;

/** For how long anything was under way: what overlaps counts once. */
class Stopwatch {
  private running = 0;
  private since = 0;
  private total = 0;

  start(now: number): void {
    if (this.running++ === 0) this.since = now;
  }

  stop(now: number): void {
    if (--this.running === 0) this.total += now - this.since;
  }

  get milliseconds(): number {
    return this.running > 0 ? this.total + performance.now() - this.since : this.total;
  }
}

/** Where the time of one request goes. */
export class Timings {
  readonly start = performance.now();
  readonly database = new Stopwatch();
  readonly storage = new Stopwatch();
  readonly signIn = new Stopwatch();
  /** How often something was tried again. */
  retries = 0;
  /** Left out where nobody wants to know each of them. */
  operations: Operation[] | undefined;

  /** Milliseconds since the request came. */
  get milliseconds(): number {
    return performance.now() - this.start;
  }

  /** Runs `work` and adds the time that it takes. */
  async during<T>(of: Awaited, name: string, work: () => Promise<T>): Promise<T> {
    const watch = of === "database" ? this.database : of === "sign-in" ? this.signIn : this.storage;
    const start = performance.now();
    watch.start(start);
    let failed = false;
    try {
      return await work();
    } catch (error) {
      failed = isFault(error);
      throw error;
    } finally {
      const end = performance.now();
      watch.stop(end);
      const { operations } = this;
      if (operations && end - start >= shortest && operations.length < mostOperations)
        operations.push({ of, name, start, end, failed });
    }
  }

  /** To be called when something is tried again. */
  readonly retrying = (): void => {
    this.retries += 1;
  };
}

/** That something does not exist, or is not as a client wants it, is an answer. */
const isFault = (error: unknown) => !(error instanceof MlflowError) || error.status >= 429 || error.status === 403;
