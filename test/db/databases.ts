import { randomUUID } from "node:crypto";
import pg from "pg";

const server = process.env.TEST_POSTGRES_URL ?? "postgresql://postgres@127.0.0.1:5499/postgres";

interface EmptyDatabase {
  uri: string;
  pool: pg.Pool;
  /** A further pool on the same database, as another process would have. */
  another(options?: pg.PoolConfig): pg.Pool;
}

let open: { name: string; pools: pg.Pool[] }[] = [];

/** A new database with nothing in it, until `closeDatabases`. */
export async function anEmptyDatabase(): Promise<EmptyDatabase> {
  const name = `schema_${randomUUID().slice(0, 8)}`;
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pools: pg.Pool[] = [];
  open.push({ name, pools });
  const another = (options: pg.PoolConfig = {}) => {
    const pool = new pg.Pool({ connectionString: url.href, max: 2, ...options });
    pools.push(pool);
    return pool;
  };
  return { uri: url.href, pool: another(), another };
}

/** Drops the databases made since the last call. */
export async function closeDatabases(): Promise<void> {
  const closing = open;
  open = [];
  for (const { name, pools } of closing) {
    await Promise.all(pools.map((pool) => pool.end()));
    await onServer(`DROP DATABASE ${name}`);
  }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
