import pg from "pg";
import { aDatabase } from "../support/app.ts";

interface EmptyDatabase {
  uri: string;
  pool: pg.Pool;
  /** A further pool on the same database, as another process would have. */
  another(options?: pg.PoolConfig): pg.Pool;
}

let open: { drop(): Promise<void>; pools: pg.Pool[] }[] = [];

/** A new database with nothing in it, until `closeDatabases`. */
export async function anEmptyDatabase(): Promise<EmptyDatabase> {
  const { uri, drop } = await aDatabase("template0");
  const pools: pg.Pool[] = [];
  open.push({ drop, pools });
  const another = (options: pg.PoolConfig = {}) => {
    const pool = new pg.Pool({ connectionString: uri, max: 2, ...options });
    // Dropping the database may still meet a connection that is about to close.
    pool.on("error", () => {});
    pools.push(pool);
    return pool;
  };
  return { uri, pool: another(), another };
}

/** Drops the databases made since the last call. */
export async function closeDatabases(): Promise<void> {
  const closing = open;
  open = [];
  for (const { drop, pools } of closing) {
    await Promise.all(pools.map((pool) => pool.ended || pool.end()));
    await drop();
  }
}
