import type pg from "pg";

/** Connections that nobody used for one to two of these go back to the pool. */
const periodMilliseconds = 25;

/**
 * Connections that were given back a moment ago, of which the next request takes the last. The pool takes some 20 us to
 * take one back and lend it again, for two timers, listeners and promises.
 */
export class Kept {
  private readonly clients: pg.PoolClient[] = [];
  /** How many were not used since the last look, those at the beginning. */
  private unused = 0;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  /** @param giveBack gives one back to the pool */
  constructor(private readonly giveBack: (client: pg.PoolClient) => void) {}

  get size(): number {
    return this.clients.length;
  }

  take(): pg.PoolClient | undefined {
    const client = this.clients.pop();
    this.unused = Math.min(this.unused, this.clients.length);
    return client;
  }

  put(client: pg.PoolClient): void {
    this.clients.push(client);
    if (this.isOver) this.end();
    else this.timer ??= setTimeout(() => this.look(), periodMilliseconds).unref();
  }

  /** Gives all back, and from now on each at once. */
  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    for (const client of this.clients.splice(0)) this.giveBack(client);
  }

  private look(): void {
    for (const client of this.clients.splice(0, this.unused)) this.giveBack(client);
    this.unused = this.clients.length;
    this.timer = this.unused > 0 ? setTimeout(() => this.look(), periodMilliseconds).unref() : undefined;
  }
}
