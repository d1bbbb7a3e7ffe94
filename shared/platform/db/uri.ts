import type pg from "pg";
import type { Config } from "../config.ts";
import { type LoginToken, loginToken } from "../identity/login-token.ts";
import { type ConnectionUri, readConnectionUri, UnreadableUri } from "./connection-uri.ts";
import { type Target, targetsOf } from "./targets.ts";
import { timeLimits } from "./time-limits.ts";

/** The ends of Azure's host names, each cloud's, with the scope of its tokens for PostgreSQL. */
const entraScopes: Record<string, string> = {
  ".postgres.database.azure.com": "https://ossrdbms-aad.database.windows.net/.default",
  ".postgres.database.usgovcloudapi.net": "https://ossrdbms-aad.database.usgovcloudapi.net/.default",
  ".postgres.database.chinacloudapi.cn": "https://ossrdbms-aad.database.chinacloudapi.cn/.default",
};

export interface PoolSettings {
  options: pg.PoolConfig;
  /** Where to connect to, in this order. */
  targets: Target[];
  /** Whether named prepared statements are safe: not behind PgBouncer (`pgbouncer=true`, port 6432). */
  named: boolean;
  /** What is logged in with instead of a password. */
  login: LoginToken | undefined;
}

/**
 * What `pg` needs for a database URI. A host on Azure without a password logs in with an Entra token, and then verifies
 * the server unless the URI has an sslmode; its other parameters mean the same either way.
 * @throws UnreadableUri
 */
export function poolOptions(uri: string, settings: Config): PoolSettings {
  const read = readConnectionUri(uri);
  const { user, database, parameters } = read;
  const scope = read.password === undefined ? read.hosts.map(entraScope).find(Boolean) : undefined;
  const login = scope === undefined ? undefined : loginToken(scope);
  const options = {
    user,
    database,
    password: login ? () => login.get() : read.password,
    // Of one try: a request may wait longer than this for a connection.
    connectionTimeoutMillis: seconds(parameters, "connect_timeout") ?? Math.min(5000, timeLimits(settings).connect),
    keepAlive: parameters.get("keepalives") !== "0",
    keepAliveInitialDelayMillis: seconds(parameters, "keepalives_idle"),
    allowExitOnIdle: true,
    application_name: parameters.get("application_name") ?? "mlflow-functions",
    options: parameters.get("options"),
    enableChannelBinding: parameters.get("channel_binding") === "require",
    sslnegotiation: parameters.get("sslnegotiation") === "direct" ? ("direct" as const) : undefined,
  };
  const targets = targetsOf(read, login ? "verify-full" : "prefer");
  const named = parameters.get("pgbouncer") !== "true" && !read.hosts.some(({ port }) => port === 6432);
  return { options, targets, named, login };
}

/** What is wrong with a database URI, to follow the name of its setting; undefined where it can be read. */
export function problemOf(uri: string): string | undefined {
  try {
    targetsOf(readConnectionUri(uri), "prefer");
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableUri) return error.message;
    throw error;
  }
}

function entraScope({ name }: ConnectionUri["hosts"][number]): string | undefined {
  const end = Object.keys(entraScopes).find((each) => name?.toLowerCase().endsWith(each));
  return end && entraScopes[end];
}

/** In milliseconds; 0 and nothing are libpq's and our own default. */
function seconds(parameters: ConnectionUri["parameters"], name: string): number | undefined {
  const value = Number(parameters.get(name));
  return value > 0 ? value * 1000 : undefined;
}
