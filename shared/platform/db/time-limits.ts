import type { Config } from "../config.ts";

/** How long things may take, in milliseconds. */
export interface TimeLimits {
  /** Waiting for a connection: a turn, room in the server, and the login. */
  connect: number;
  /** One statement, in the server. */
  statement: number;
  /** Waiting for one lock, in the server. */
  lock: number;
  /**
   * A statement, or all of a transaction, as seen from here: longer than the server's own limit, so that the server's
   * error arrives first.
   */
  silence: number;
}

export function timeLimits(settings: Config): TimeLimits {
  const statement = settings.MLFLOW_FUNCTIONS_STATEMENT_TIMEOUT_SECONDS * 1000;
  return {
    connect: settings.MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS * 1000,
    statement,
    lock: Math.min(statement, settings.MLFLOW_FUNCTIONS_LOCK_TIMEOUT_SECONDS * 1000),
    silence: statement + 5000,
  };
}

/**
 * The server's names of the limits, with their values in milliseconds. The last ends the transaction of a client that
 * fell silent.
 */
export const serverLimits = ({ statement, lock }: TimeLimits) => ({
  statement_timeout: statement,
  lock_timeout: lock,
  idle_in_transaction_session_timeout: 30_000,
});

/** Begins a transaction that has the limits where its session has none: one round trip. */
export const beginLimited = (limits: TimeLimits): string =>
  ["BEGIN", ...Object.entries(serverLimits(limits)).map(([name, value]) => `SET LOCAL ${name} = ${value}`)].join("; ");

/** The commands that give a role the limits, for poolers that take no startup parameters. */
export function limitRole(limits: TimeLimits, role: string, database: string): string {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const limited = Object.entries(serverLimits(limits));
  return limited
    .map(([name, value]) => `ALTER ROLE ${quoted(role)} IN DATABASE ${quoted(database)} SET ${name} = ${value};`)
    .join(" ");
}

/** SQL: whether the session has every limit, be it by startup parameter or by a setting of the role. */
export const hasLimits = Object.keys(serverLimits({ connect: 0, statement: 0, lock: 0, silence: 0 }))
  .map((name) => `current_setting('${name}') <> '0'`)
  .join(" AND ");
