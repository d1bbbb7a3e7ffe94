import { MlflowError } from "../errors.ts";
import { NoToken } from "../identity/login-token.ts";

/** The SQLSTATE of an error Postgres answered with. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // Node's own codes, such as EPIPE, have no digit.
  return typeof code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * A deadlock, a serialisation failure, or a pooler's mix-up of prepared statements: nothing was written, and another
 * try may pass.
 */
export const isRetryable = (error: unknown): boolean => /^(40001|40P01|26000|42P05)$/.test(sqlState(error) ?? "");

/** What is known about the effect of a request in the database. */
export type Outcome = "not started" | "rolled back" | "unknown";

/** Whether the server gave a statement up because it took too long; the error may be what a client is answered. */
export const isOutOfTime = (error: unknown): boolean =>
  sqlState(error instanceof MlflowError ? error.cause : error) === "57014";

// The server ended the session, or a pooler lost it.
const ended = /^(57P0\d|25P0[34]|08\w{3})$/;
// PgBouncer's error for statements that it has not passed on.
const neverSent = /query_wait_timeout|server login has been failing/;

/**
 * The outcome of a statement that is its own transaction, or of COMMIT, by how it failed.
 * @param done whether the server may have come to its end; its commit follows
 */
export function outcomeOf(error: unknown, done: boolean): Outcome {
  const state = sqlState(error);
  if (state === undefined || state === "40003") return "unknown";
  if (neverSent.test((error as Error).message)) return "rolled back";
  return ended.test(state) && (done || state.startsWith("08")) ? "unknown" : "rolled back";
}

/**
 * Whether an error leaves a connection that can't be used: lost, silent, or of a server that is read-only since a
 * failover.
 */
export function isBroken(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || ended.test(state) || state === "25006";
}

const reasons: Record<string, string> = {
  "25006": "The database is read-only at the moment",
  "53100": "The database has no disk space left",
  "53300": "The database has no free connection",
  "55P03": "Another request held for too long what this one needs to change",
  "57014": "The statement took longer than the database allows",
};
const transient = /^(25006|25P0[34]|53\w{3}|55P03|57014|57P0[1-35]|08\w{3})$/;
const lost = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;
const lostMessage = /connection (?:terminated|error)|client (?:has encountered|was closed)|timeout/i;

function isTransient(cause: Error): boolean {
  const state = sqlState(cause);
  if (state !== undefined) return transient.test(state);
  return lost.test("code" in cause ? String(cause.code) : "") || lostMessage.test(cause.message);
}

/** Whether the server does not let the user in. */
export const isRefusedLogin = (error: unknown): boolean => /^28/.test(sqlState(error) ?? "");

/** For a login that the server refused; it is asked again with the next request. */
export const refusedLogin = (cause: unknown, byIdentity: boolean): MlflowError =>
  new MlflowError(
    "TEMPORARILY_UNAVAILABLE",
    byIdentity
      ? "The database refuses the token of the app's identity: it has no role of the name in the URI, or that is another identity's. Nothing was changed."
      : "The database refuses the user or the password of its URI. Nothing was changed.",
    { cause },
  );

/**
 * Turns a lost or refused connection, and what the database refuses for now, into the answer that clients repeat
 * safely: 429 where nothing can have been written, 503 where a write may or may not have been. Any other error is given
 * back as it is. Neither has a Retry-After: the 3.18 client takes it literally, and gives up after seven of them.
 */
export function connectionError(cause: unknown, outcome: Outcome): unknown {
  if (!(cause instanceof Error) || cause instanceof MlflowError) return cause;
  if (cause instanceof NoToken) return noToken(cause);
  const state = sqlState(cause) ?? "";
  if (outcome === "not started" ? /^28|^3D/.test(state) : !isTransient(cause)) return cause;
  if (outcome === "unknown")
    return new MlflowError(
      "TEMPORARILY_UNAVAILABLE",
      "The connection to the database was lost while a statement ran; whether it took effect is unknown.",
      { cause },
    );
  const reason = reasons[state] ?? "The database can't be reached or has no free connection";
  return notStarted(reason, cause);
}

const noToken = (cause: NoToken) => notStarted(cause.message, cause);

const notStarted = (reason: string, cause: Error) =>
  new MlflowError("REQUEST_LIMIT_EXCEEDED", `${reason}; nothing was changed. Try again.`, { cause });

/**
 * A 4xx for what Postgres refuses because of the input itself; undefined for anything else. Stock answers BAD_REQUEST
 * for every such error (mlflow/store/db/utils.py).
 */
export function inputError(error: unknown): MlflowError | undefined {
  switch (sqlState(error)) {
    case "22021":
    case "22P05":
      return new MlflowError("BAD_REQUEST", "A text holds a character that can't be stored, such as NUL.");
    case "22001":
      return textTooLong();
    case "22003":
      return new MlflowError("BAD_REQUEST", "A number is outside the range the database can store.");
    case "2201B":
      return new MlflowError("BAD_REQUEST", "A pattern is no regular expression that the database can read.");
    case "23505":
      return new MlflowError("BAD_REQUEST", "An entry of that name exists already, or is given twice.");
    case "40001":
    case "40P01":
      return new MlflowError("REQUEST_LIMIT_EXCEEDED", "Too many writers at once; nothing was changed. Try again.");
    default:
      return undefined;
  }
}

export const textTooLong = () => new MlflowError("BAD_REQUEST", "A text is longer than the database can store.");
