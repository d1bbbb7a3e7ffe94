import type pg from "pg";
import type { Config } from "../config.ts";
import { config } from "../config.ts";
import { connectionError, isRetryable } from "./errors.ts";
import type { Sql } from "./sql.ts";
import { TargetPool } from "./target-pool.ts";
import { poolOptions } from "./uri.ts";

/** Where statements go: the pool (each its own transaction) or one open transaction. */
export interface Db {
  /** Runs one statement and answers its rows. */
  query<Row extends object>(statement: Sql): Promise<Row[]>;
  /** The first column of the first row: the JSON text of an answer. */
  text(statement: Sql): Promise<string | undefined>;
}

const maxAttempts = 5;
// Beyond this many statement texts (searches differ by their filters) the rest go unnamed, so that connections stay small.
const maxNamed = 300;

class Pool implements Db {
  readonly pool: pg.Pool;
  private readonly named: boolean;
  private readonly names = new Map<string, string>();

  constructor(uri: string, settings: Config) {
    const { named, options, targets } = poolOptions(uri, settings);
    this.named = named;
    this.pool = new TargetPool(options, targets);
    // A connection that dies, idle or lent, is dropped from the pool; without listeners it would end the process.
    this.pool.on("error", () => {});
    this.pool.on("connect", (client) => client.on("error", () => {}));
  }

  async query<Row extends object>(statement: Sql): Promise<Row[]> {
    const client = await this.connect();
    return run<Row>(client, this.prepare(statement)).finally(() => client.release());
  }

  async text(statement: Sql): Promise<string | undefined> {
    return firstColumn(await this.query(statement));
  }

  /**
   * Runs `work` in one transaction, again from the start after a deadlock or serialisation failure.
   * A connection lost before COMMIT was sent has changed nothing (429); lost during it, the outcome is unknown (503).
   */
  async transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return retried(async () => {
      const client = await this.connect();
      const query = <Row extends object>(statement: Sql) => run<Row>(client, this.prepare(statement), "rolled back");
      let broken: Error | undefined;
      try {
        await run(client, { text: "BEGIN", values: [] }, "rolled back");
        const result = await work({ query, text: async (statement) => firstColumn(await query(statement)) });
        await run(client, { text: "COMMIT", values: [] });
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch((cause: Error) => {
          broken = cause;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    });
  }

  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (cause) {
      throw connectionError(cause, "not started");
    }
  }

  private prepare(statement: Sql): pg.QueryConfig {
    const { text, values } = statement;
    if (!this.named) return { text, values };
    let name = this.names.get(text);
    if (name === undefined && this.names.size < maxNamed) {
      name = `mlfn_${this.names.size}`;
      this.names.set(text, name);
    }
    return { name, text, values };
  }
}

type Outcome = "unknown" | "rolled back";

async function run<Row extends object>(
  client: pg.PoolClient,
  statement: pg.QueryConfig,
  onLoss: Outcome = "unknown",
): Promise<Row[]> {
  try {
    return (await client.query<Row>(statement)).rows;
  } catch (cause) {
    throw connectionError(cause, onLoss);
  }
}

function firstColumn(rows: object[]): string | undefined {
  const row = rows[0];
  return row && (Object.values(row)[0] ?? undefined);
}

/** Repeats `work` after deadlocks and serialisation failures, a little later each time. */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === maxAttempts || !isRetryable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
    }
  }
}

let primary: Pool | undefined;
let replica: Pool | undefined;

/** The pool of `MLFLOW_BACKEND_STORE_URI`. */
export function database(): Pool {
  const settings = config();
  if (!settings.MLFLOW_BACKEND_STORE_URI)
    throw new Error("MLFLOW_BACKEND_STORE_URI is not set: it names the PostgreSQL database");
  primary ??= new Pool(settings.MLFLOW_BACKEND_STORE_URI, settings);
  return primary;
}

/** The pool of `MLFLOW_READ_REPLICA_BACKEND_STORE_URI` where one is set, else the primary's. */
export function readDatabase(): Pool {
  const settings = config();
  if (!settings.MLFLOW_READ_REPLICA_BACKEND_STORE_URI) return database();
  replica ??= new Pool(settings.MLFLOW_READ_REPLICA_BACKEND_STORE_URI, settings);
  return replica;
}
