import type pg from "pg";
import type { Config } from "../config.ts";
import { Connections, type PoolUse } from "./connections.ts";
import { connectionError, isRetryable, outcomeOf, sqlState } from "./errors.ts";
import type { Scope } from "./scope.ts";
import type { Statement } from "./sql.ts";
import { isMixedUp } from "./statement-names.ts";
import { beginLimited, type TimeLimits, timeLimits } from "./time-limits.ts";
import type { Use } from "./turns.ts";
import { poolOptions } from "./uri.ts";

/** Where statements go: the pool (each its own transaction) or one open transaction. */
export interface Statements {
  /** Runs one statement and answers its rows. */
  query<Row extends object>(statement: Statement): Promise<Row[]>;
  /** The first column of the first row: the JSON text of an answer. */
  text(statement: Statement): Promise<string | undefined>;
}

/** What a request has of the database. */
export interface Db extends Statements {
  readonly scope: Scope;
}

const maxAttempts = 5;
const rollbackLimit = 5000;

export class Database {
  /** For statements that change nothing. */
  readonly reading: Statements;
  /** For statements that are transactions of their own. */
  readonly writing: Statements;
  private readonly connections: Connections;
  private readonly limits: TimeLimits;

  constructor(uri: string, settings: Config) {
    this.limits = timeLimits(settings);
    this.connections = new Connections({
      ...poolOptions(uri, settings),
      limits: this.limits,
      poolSize: settings.MLFLOW_SQLALCHEMYSTORE_POOL_SIZE,
      mostWaiting: settings.MLFLOW_FUNCTIONS_DATABASE_WAITING,
    });
    this.reading = asStatements((statement) => this.single("read", statement));
    this.writing = asStatements((statement) => this.single("write", statement));
  }

  /**
   * Runs `work` in one transaction, again from the start after a deadlock or serialisation failure. What failed before
   * COMMIT was sent has changed nothing (429); if the connection is lost during it, the outcome is unknown (503).
   * @param retrying is told of each further try
   */
  transaction<T>(work: (db: Statements) => Promise<T>, retrying?: () => void): Promise<T> {
    return retried(() => this.lend("write", (client) => this.inTransaction(client, work)), retrying);
  }

  /** A connection with nothing begun on it, to be given back by its `release`. */
  connect(): Promise<pg.PoolClient> {
    return this.connections.connect("read");
  }

  /** Whether the server enforces the time limits. Behind a pooler that needs a setting of the role. */
  async isLimited(): Promise<boolean> {
    return this.lend("read", async (client) => this.connections.isLimited(client));
  }

  /** Connections that are lent and those that are not, and how many wait for one. */
  use(): PoolUse {
    return this.connections.use();
  }

  end(): Promise<void> {
    return this.connections.end();
  }

  private async lend<T>(use: Use, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = this.connections.atHand(use) ?? (await this.connections.connect(use));
    try {
      return await work(client);
    } finally {
      client.release();
    }
  }

  private async single<Row extends object>(use: Use, statement: Statement): Promise<Row[]> {
    const run = (client: pg.PoolClient) =>
      this.connections.isLimited(client)
        ? this.alone<Row>(client, use, statement)
        : this.inTransaction(client, (db) => db.query<Row>(statement));
    try {
      return await this.lend(use, run);
    } catch (error) {
      if (!isMixedUp(sqlState(error))) throw error;
      return this.lend(use, run);
    }
  }

  private async alone<Row extends object>(client: pg.PoolClient, use: Use, statement: Statement): Promise<Row[]> {
    try {
      return (await this.connections.run<Row>(client, statement, this.limits.silence)).rows;
    } catch (error) {
      const mayBeDone = this.connections.wasDone(client) || statement.values.length === 0;
      throw connectionError(error, use === "read" ? "rolled back" : outcomeOf(error, mayBeDone));
    }
  }

  private async inTransaction<T>(client: pg.PoolClient, work: (db: Statements) => Promise<T>): Promise<T> {
    const end = performance.now() + this.limits.silence;
    const run = <Row extends object>(text: string, values: unknown[] = []) =>
      // Whole seconds: Node handles few distinct timer lengths faster.
      this.connections.run<Row>(
        client,
        { text, values },
        Math.max(1, Math.ceil((end - performance.now()) / 1000)) * 1000,
      );
    let committing = false;
    try {
      await run(this.connections.isLimited(client) ? "BEGIN" : beginLimited(this.limits));
      const result = await work(asStatements(async ({ text, values }) => (await run<never>(text, values)).rows));
      committing = true;
      const { command } = await run("COMMIT");
      if (command !== "COMMIT") throw new Error(`COMMIT was answered by ${command}`);
      return result;
    } catch (error) {
      await this.rollBack(client);
      throw connectionError(error, committing ? outcomeOf(error, true) : "rolled back");
    }
  }

  private async rollBack(client: pg.PoolClient): Promise<void> {
    if (!this.connections.isUsable(client)) return;
    await this.connections.run(client, { text: "ROLLBACK" }, rollbackLimit).catch(() => {});
  }
}

const asStatements = (query: Statements["query"]): Statements => ({
  query,
  text: async (statement) => firstColumn(await query<object>(statement)),
});

function firstColumn(rows: object[]): string | undefined {
  const row = rows[0];
  return row && (Object.values(row)[0] ?? undefined);
}

/**
 * Repeats `work` after deadlocks and serialisation failures, with a growing delay.
 * @param retrying is told of each further try
 */
export async function retried<T>(work: () => Promise<T>, retrying?: () => void): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === maxAttempts || !isRetryable(error)) throw error;
      retrying?.();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
    }
  }
}
