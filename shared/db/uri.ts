import type pg from "pg";
import { identity } from "../auth/identity.ts";
import type { Config } from "../config.ts";

const entraScope = "https://ossrdbms-aad.database.windows.net/.default";

/**
 * What `pg` needs for a database URI, SQLAlchemy's forms included (`postgresql+psycopg2://`).
 * `named` says whether named prepared statements are safe: not behind PgBouncer (`pgbouncer=true`, port 6432).
 * A host on Azure without a password logs in with an Entra token.
 */
export function poolOptions(uri: string, settings: Config): pg.PoolConfig & { named: boolean } {
  const url = new URL(uri.replace(/^postgres(ql)?(\+\w+)?:/, "postgresql:"));
  const named = url.searchParams.get("pgbouncer") !== "true" && url.port !== "6432";
  url.searchParams.delete("pgbouncer");
  // libpq's meaning of sslmode, which stock's drivers have; pg's own differs.
  if (url.searchParams.has("sslmode")) url.searchParams.set("uselibpqcompat", "true");
  return {
    ...login(url),
    max: settings.MLFLOW_SQLALCHEMYSTORE_POOL_SIZE,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: "mlflow-functions",
    named,
  };
}

function login(url: URL): pg.PoolConfig {
  if (url.password || !url.hostname.endsWith(".postgres.database.azure.com")) return { connectionString: url.href };
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: true,
    password: entraToken,
  };
}

async function entraToken(): Promise<string> {
  const token = await (await identity()).getToken(entraScope);
  return token!.token;
}
