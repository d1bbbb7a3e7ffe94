import type { EventEmitter } from "node:events";
import type pg from "pg";
import { connectionError, isBroken, isRefusedLogin, refusedLogin, sqlState } from "./errors.ts";
import { Kept } from "./kept.ts";
import { type LimitedQuery, type Prepared, type Ran, runBy } from "./repeated.ts";
import { type Room, roomColumns, Share } from "./share.ts";
import { isMixedUp, mostPerConnection, StatementNames } from "./statement-names.ts";
import { TargetPool } from "./target-pool.ts";
import { hasLimits, serverLimits, type TimeLimits } from "./time-limits.ts";
import { Turns, type Use } from "./turns.ts";
import type { PoolSettings } from "./uri.ts";

interface Settings extends PoolSettings {
  limits: TimeLimits;
  poolSize: number;
  /** Of each use. */
  mostWaiting: number;
}

export interface PoolUse {
  used: number;
  idle: number;
  waiting: number;
}

/** What is known of a connection. */
interface Known {
  /** The server keeps the time limits in this session. */
  limited: boolean;
  /** The server said that the last statement is done; its commit may still be under way. */
  done: boolean;
  broken: boolean;
  names: Prepared;
  ends: ReturnType<Share["end"]>;
  /** Whose turn it is used in; undefined while nobody uses it. */
  use: Use | undefined;
  /** The pool's own. */
  release: pg.PoolClient["release"];
}

const askLimit = 5000;

/** The connections of one instance to one database: bounded, limited in time, and shared with other instances. */
export class Connections {
  private readonly limits: TimeLimits;
  private readonly login: PoolSettings["login"];
  private readonly pool: pg.Pool;
  private readonly names: StatementNames;
  private readonly share: Share;
  private readonly turns: Turns;
  private readonly known = new WeakMap<pg.PoolClient, Known>();
  private readonly kept = new Kept((client) => this.of(client).release(this.of(client).broken));

  constructor({ options, targets, named, login, limits, poolSize, mostWaiting }: Settings) {
    this.limits = limits;
    this.login = login;
    this.names = new StatementNames(named);
    this.share = new Share(poolSize);
    this.turns = new Turns(() => this.share.limit, mostWaiting);
    // A pooler refuses them: one that was declared is not asked.
    const parameters = named ? serverLimits(limits) : {};
    const bounds = { max: poolSize + 1, idleTimeoutMillis: this.share.idle };
    this.pool = new TargetPool({ ...options, ...parameters, ...bounds }, targets);
    if (!named) this.share.usePooler();
    // A connection that dies, idle or lent, is dropped from the pool; without listeners it would end the process.
    this.pool.on("error", () => {});
    this.pool.on("connect", (client) => client.on("error", () => this.noteEnd(client)));
  }

  /** A connection that was used a moment ago, where it is this user's turn. */
  atHand(use: Use): pg.PoolClient | undefined {
    if (this.kept.size === 0 || !this.turns.takeAtOnce(use)) return undefined;
    const client = this.usable();
    if (client) return this.lend(use, client);
    this.turns.give(use);
    return undefined;
  }

  /**
   * A connection, to be given back by its `release`.
   * @throws MlflowError REQUEST_LIMIT_EXCEEDED where there is none in time
   */
  async connect(use: Use): Promise<pg.PoolClient> {
    try {
      return await this.inTurn(use);
    } catch (cause) {
      throw connectionError(cause, "not started");
    }
  }

  /** Whether the server keeps the time limits in this session by itself. */
  isLimited(client: pg.PoolClient): boolean {
    return this.of(client).limited;
  }

  /** Whether the statement that failed last had completed, so that only its commit was left. */
  wasDone(client: pg.PoolClient): boolean {
    return this.of(client).done;
  }

  isUsable(client: pg.PoolClient): boolean {
    return !this.of(client).broken;
  }

  /** Runs a statement. A connection that is unusable after an error is closed when it is released. */
  async run<Row extends object>(
    client: pg.PoolClient,
    { text, values = [] }: pg.QueryConfig,
    milliseconds: number,
  ): Promise<Ran<Row>> {
    const known = this.of(client);
    known.done = false;
    const name = values.length > 0 ? this.names.of(text) : undefined;
    try {
      return await runBy<Row>(client, known.names, { name, text, values, query_timeout: milliseconds });
    } catch (error) {
      known.broken ||= isBroken(error);
      if (name && isMixedUp(sqlState(error))) this.foundPooler();
      throw error;
    }
  }

  /** Connections that are lent and those that are not, and how many wait for one. */
  use(): PoolUse {
    const idle = this.pool.idleCount + this.kept.size;
    return { used: this.pool.totalCount - idle, idle, waiting: this.turns.queued };
  }

  end(): Promise<void> {
    this.kept.end();
    return this.pool.end();
  }

  private of(client: pg.PoolClient): Known {
    return this.known.get(client)!;
  }

  private noteEnd(client: pg.PoolClient): void {
    const known = this.known.get(client);
    if (known) known.broken = true;
  }

  /** One that is kept and did not end meanwhile. */
  private usable(): pg.PoolClient | undefined {
    for (let client = this.kept.take(); client; client = this.kept.take()) {
      const { broken, release } = this.of(client);
      if (!broken) return client;
      release(true);
    }
    return undefined;
  }

  private async inTurn(use: Use): Promise<pg.PoolClient> {
    const deadline = performance.now() + this.limits.connect;
    const left = () => Math.max(0, deadline - performance.now());
    for (let refusals = 0; ; refusals++) {
      await this.turns.take(use, left(), refusals > 0);
      try {
        return this.lend(use, await this.open(left));
      } catch (error) {
        const pause = this.share.pauseAfterRefusal;
        const again = sqlState(error) === "53300" && pause < left();
        if (again) this.share.refused(this.pool.totalCount);
        // If this instance has connections, one becomes free when a request ends. If it has none, it can only ask
        // again.
        if (again && this.pool.totalCount === 0) await later(pause);
        this.turns.give(use);
        if (!again) throw error;
      }
    }
  }

  private async open(left: () => number): Promise<pg.PoolClient> {
    const kept = this.usable();
    if (kept) return kept;
    if (this.pool.idleCount === 0) await later(this.share.pause);
    const client = await this.pooled(left);
    const known = this.known.get(client);
    if (known) {
      known.release = client.release;
      return client;
    }
    try {
      await this.greet(client);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private async pooled(left: () => number): Promise<pg.PoolClient> {
    // Before the server is asked: a token that does not come is no fault of the server's.
    const token = this.pool.idleCount === 0 ? await this.login?.get(left()) : undefined;
    try {
      return await this.pool.connect();
    } catch (error) {
      if (refusesParameters(error) && !this.share.isPooled) this.foundPooler();
      else if (!isRefusedLogin(error)) throw error;
      else if (!(token && (await this.login?.isReplaced(token, left()))))
        throw refusedLogin(error, this.login !== undefined);
      return this.pooled(left);
    }
  }

  private async greet(client: pg.PoolClient): Promise<void> {
    const { limited } = await this.ask(client);
    const { release } = client;
    const [names, ends] = [new Map(), this.share.end()];
    const known: Known = { limited, done: false, broken: false, names, ends, use: undefined, release };
    this.known.set(client, known);
    this.share.admitted();
    const { connection } = client as unknown as { connection: EventEmitter };
    connection.on("commandComplete", () => {
      known.done = true;
    });
  }

  /** Asks whether the session has the time limits, and how much room the server has. */
  private async ask(client: pg.PoolClient): Promise<{ limited: boolean }> {
    const text = `SELECT ${hasLimits} AS limited, ${this.share.isPooled ? "0 AS usable, 0 AS free" : `${roomColumns}, ${withoutJit}`}`;
    try {
      const query: LimitedQuery = { text, query_timeout: askLimit };
      const { rows } = await client.query<Room & { limited: boolean }>(query);
      this.share.learn(rows[0]!);
      this.pool.options.idleTimeoutMillis = this.share.idle;
      return rows[0]!;
    } catch (error) {
      // The server does not show its sessions, or only speaks PostgreSQL's protocol.
      if (this.share.isPooled || !sqlState(error)?.startsWith("42")) throw error;
      this.share.usePooler();
      return this.ask(client);
    }
  }

  private lend(use: Use, client: pg.PoolClient): pg.PoolClient {
    const known = this.of(client);
    known.use = use;
    client.release = (error) => this.takeBack(client, known, Boolean(error));
    return client;
  }

  private takeBack(client: pg.PoolClient, known: Known, isBroken: boolean): void {
    const { use } = known;
    if (!use) throw new Error("A connection was given back twice.");
    known.use = undefined;
    const giveBack = () => {
      if (known.broken || this.isOver(known)) known.release(true);
      else this.kept.put(client);
      this.turns.give(use);
    };
    known.broken ||= isBroken;
    if (known.broken || !this.share.isStale) giveBack();
    // By now the statement it was used for is answered.
    else
      this.ask(client)
        .catch(() => {
          known.broken = true;
        })
        .then(giveBack);
  }

  private isOver({ names, ends }: Known): boolean {
    return names.size > mostPerConnection || this.share.isOver(ends, this.pool.totalCount);
  }

  /** An undeclared pooler: it refuses startup parameters or mixes up prepared statements. */
  private foundPooler(): void {
    if (this.share.isPooled) return;
    this.share.usePooler();
    this.names.turnOff();
    for (const name of Object.keys(serverLimits(this.limits))) delete this.pool.options[name as "lock_timeout"];
    console.warn(
      "The database is behind a pooler such as PgBouncer, so prepared statements get no names from now on: add pgbouncer=true to the URI in MLFLOW_BACKEND_STORE_URI.",
    );
  }
}

/**
 * A search's statement has several ways, of which one is taken. Their costs together would have PostgreSQL compile it,
 * for seconds. Whoever else uses the session loses nothing by it.
 */
const withoutJit = "set_config('jit', 'off', false)";

const refusesParameters = (error: unknown): boolean =>
  error instanceof Error && sqlState(error) === "08P01" && /parameter/i.test(error.message);

const later = async (milliseconds: number) => {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
};
