/** An instance's share of the server's connections. */

/** The server's answer about its free connections. */
export interface Room {
  /** Connections it has for a role like ours. */
  usable: number;
  /** How many of them are free. */
  free: number;
}

/**
 * SQL of the columns of a `Room`: the least of what the server, the role and the database allow, and of what is left of
 * each. Other roles' sessions count too, and everyone may see that they are there. The function is twice as fast as its
 * view in a new session.
 */
export const roomColumns = `
  least(whole, of_role, of_database) AS usable,
  least(whole - all_used, of_role - role_used, of_database - database_used) AS free
  FROM (
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) AS whole,
      (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) AS of_role,
      (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()) AS of_database) AS limits,
  (SELECT count(*)::int AS all_used,
      (count(*) FILTER (WHERE usesysid = current_user::regrole))::int AS role_used,
      (count(*) FILTER (WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())))::int AS database_used
    FROM pg_stat_get_activity(NULL) WHERE backend_type = 'client backend') AS used`;

const jitter = (milliseconds: number) => milliseconds * (0.5 + Math.random());

// Milliseconds. A login and what is planned anew after it cost the server as much as twenty statements. Turns of four
// seconds save a third of the logins of 60 instances, but then some of them wait for nine seconds, where it is six now.
const turnInFull = 2000;
const lifetime = 600_000;
const betweenTries = 400;
const shortestWait = 250;
const longestWait = 4000;

/**
 * How many connections to hold, and for how long. A server with room gives an instance an eighth of its connections. In
 * a full one an instance holds fewer and fewer, each for two seconds, and then pauses for as long as it had to wait
 * itself. Instances do not know of each other.
 */
export class Share {
  private current = 1;
  private isFull = false;
  private isTaken = false;
  private isNew = true;
  private askedAt = Number.NEGATIVE_INFINITY;
  private wait = 1000;
  private waitingSince = 0;
  private wasRefused = false;
  private pauseUntil = 0;

  /** @param poolSize connections to hold at most */
  constructor(private readonly poolSize: number) {}

  /** Connections to use at once. One, until the server has said how many it has. */
  get limit(): number {
    return this.current;
  }

  /** Behind a pooler the server's free connections are not ours, and some servers do not report them. */
  get isPooled(): boolean {
    return this.askedAt === Number.POSITIVE_INFINITY;
  }

  usePooler(): void {
    this.askedAt = Number.POSITIVE_INFINITY;
    this.isFull = false;
    this.isTaken = false;
    this.current = this.poolSize;
  }

  /** Whether to ask the server again: at most once a second. */
  get isStale(): boolean {
    return performance.now() - this.askedAt > 1000;
  }

  learn({ usable, free }: Room): void {
    if (this.isPooled) return;
    const isFirst = this.askedAt === Number.NEGATIVE_INFINITY;
    this.askedAt = performance.now();
    const fair = Math.min(this.poolSize, Math.max(2, Math.floor(usable / 8)));
    this.isFull = free < Math.min(10, Math.max(2, usable / 8));
    this.isTaken = free < 2;
    if (this.isFull) this.current = Math.max(1, Math.floor(this.current / 2));
    else this.current = isFirst ? fair : Math.min(fair, this.current + 1);
  }

  /** The server had no connection left for us. @param held those that this instance has */
  refused(held: number): void {
    if (this.isPooled) return;
    if (!this.isWaiting) this.waitingSince = performance.now();
    this.isFull = true;
    this.isTaken = true;
    this.wasRefused = true;
    this.current = Math.max(1, Math.min(this.current, held));
  }

  /** The server gave us one. */
  admitted(): void {
    const waited = performance.now() - this.waitingSince;
    if (this.wasRefused) this.wait = Math.min(longestWait, Math.max(shortestWait, waited));
    else if (this.isWaiting) this.wait = Math.max(shortestWait, this.wait * 0.7);
    this.isNew = false;
    this.wasRefused = false;
    this.waitingSince = 0;
  }

  private get isWaiting(): boolean {
    return this.waitingSince > 0;
  }

  /**
   * How long an unused connection is kept, in milliseconds. Among 60 new instances a client's next request takes up to
   * a second to come: with 200 ms nine of ten connections ended after two statements. The first connection is given
   * back sooner, so that all instances of a burst get their first.
   */
  get idle(): number {
    if (!this.isFull) return 5000;
    return this.isNew ? 200 : 1000;
  }

  /** When a connection that is made now should end, on the clock of `performance.now()`. */
  end(): { full: number; always: number } {
    const now = performance.now();
    return { full: now + jitter(turnInFull), always: now + jitter(lifetime) };
  }

  /** Whether to close a connection rather than to keep it. @param held those that this instance has */
  isOver(ends: { full: number; always: number }, held: number): boolean {
    const now = performance.now();
    const isYielded = this.isFull && now > ends.full;
    if (isYielded && this.isTaken && !this.isWaiting) {
      this.waitingSince = now;
      this.pauseUntil = now + jitter(this.wait * 0.75);
    }
    return isYielded || now > ends.always || held > this.current;
  }

  /** Milliseconds to wait before a connection is made. */
  get pause(): number {
    return this.isTaken ? Math.max(0, this.pauseUntil - performance.now()) : 0;
  }

  /** Milliseconds to wait after having been refused. */
  get pauseAfterRefusal(): number {
    return jitter(betweenTries);
  }
}
