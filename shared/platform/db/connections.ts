import type { EventEmitter } from "node:events";
import type pg from "pg";
import { connectionError, isBroken, isRefusedLogin, refusedLogin, sqlState } from "./errors.ts";
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
  names: Set<string>;
  ends: ReturnType<Share["end"]>;
}

/** A query with a time limit in milliseconds: `pg` takes it, its types do not have it. */
interface LimitedQuery extends pg.QueryConfig {
  query_timeout: number;
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
    this.pool.on("connect", (client) => client.on("error", () => {}));
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
    { text, values }: pg.QueryConfig,
    milliseconds: number,
  ): Promise<pg.QueryResult<Row>> {
    const known = this.of(client);
    known.done = false;
    const name = values?.length ? this.names.of(text) : undefined;
    if (name) known.names.add(name);
    try {
      const query: LimitedQuery = { name, text, values, query_timeout: milliseconds };
      return await client.query<Row>(query);
    } catch (error) {
      known.broken ||= isBroken(error);
      if (name && isMixedUp(sqlState(error))) this.foundPooler();
      throw error;
    }
  }

  /** Connections that are lent and those that are not, and how many wait for one. */
  use(): PoolUse {
    const { totalCount, idleCount } = this.pool;
    return { used: totalCount - idleCount, idle: idleCount, waiting: this.turns.queued };
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  private of(client: pg.PoolClient): Known {
    return this.known.get(client)!;
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
    if (this.pool.idleCount === 0) await later(this.share.pause);
    const client = await this.pooled(left);
    if (this.known.has(client)) return client;
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
    const known: Known = { limited, done: false, broken: false, names: new Set(), ends: this.share.end() };
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
    const release = client.release;
    const giveBack = (broken: boolean) => {
      release(broken || this.isOver(client));
      this.turns.give(use);
    };
    client.release = (error) => {
      const broken = Boolean(error) || this.of(client).broken;
      if (broken || !this.share.isStale) return giveBack(broken);
      // By now the statement it was used for is answered.
      this.ask(client).then(
        () => giveBack(false),
        () => giveBack(true),
      );
    };
    return client;
  }

  private isOver(client: pg.PoolClient): boolean {
    const { names, ends } = this.of(client);
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
