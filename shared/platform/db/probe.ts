/** A look at a database beside the app's own connections, which may all be waiting for it. */
import type { PoolClient } from "pg";
import { within } from "../azure/limits.ts";
import type { DatabasePlace } from "../causes/database.ts";
import type { Config } from "../config.ts";
import { readConnectionUri } from "./connection-uri.ts";
import { TargetPool } from "./target-pool.ts";
import { poolOptions } from "./uri.ts";

/**
 * Runs `look` on a connection of its own, which is closed after it.
 * @throws the error of `pg` as it is; StorageLate where the time is over, whatever the server does
 */
export async function probeDatabase<T>(
  uri: string,
  config: Config,
  milliseconds: number,
  look: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const { options, targets } = poolOptions(uri, config);
  const pool = new TargetPool({ ...options, max: 1, connectionTimeoutMillis: milliseconds }, targets);
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  let lent: PoolClient | undefined;
  const work = async () => {
    lent = await pool.connect();
    return look(lent);
  };
  try {
    return await within(milliseconds, work);
  } finally {
    // With an error the connection is destroyed: a frozen server would not take leave of it.
    lent?.release(true);
    pool.end().catch(() => {});
  }
}

/** What a URI says of a database, for whom it does not work. */
export function databasePlace(uri: string, setting: string, config: Config): DatabasePlace {
  const { hosts, user, database } = readConnectionUri(uri);
  const { login } = poolOptions(uri, config);
  const role = user ?? process.env.PGUSER ?? "";
  const named = hosts.map(({ name, address, port }) => `${name ?? address ?? "localhost"}:${port ?? 5432}`);
  return {
    setting,
    role,
    database: database ?? role,
    host: named.join(", "),
    byIdentity: login !== undefined,
  };
}
