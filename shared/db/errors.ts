import { MlflowError } from "../http/errors.ts";

/** The SQLSTATE of an error Postgres answered with. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** A deadlock or serialisation failure: nothing was written, and another try may pass. */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

// Too many connections, shutting down, starting up, connection failures of the server's own.
const unavailable = /^(53300|57P0[1-3]|08\w{3})$/;
const lostConnection = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

/**
 * Turns a lost or refused connection into the answer clients repeat safely: 429 where nothing can have been written,
 * 503 where a write may or may not have been. Any other error is given back as it is.
 */
export function connectionError(cause: unknown, outcome: "not started" | "rolled back" | "unknown"): unknown {
  if (!(cause instanceof Error)) return cause;
  const state = sqlState(cause) ?? "";
  const lost =
    outcome === "not started"
      ? !/^28|^3D/.test(state)
      : unavailable.test(state) ||
        lostConnection.test(state) ||
        /connection (?:terminated|error)|client has encountered/i.test(cause.message);
  if (!lost) return cause;
  if (outcome === "unknown")
    return new MlflowError(
      "TEMPORARILY_UNAVAILABLE",
      "The connection to the database was lost while a statement ran; whether it took effect is unknown.",
      { cause },
    );
  return new MlflowError(
    "REQUEST_LIMIT_EXCEEDED",
    "The database can't be reached or has no free connection; nothing was changed. Try again.",
    { cause, headers: { "Retry-After": "1" } },
  );
}

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
      return new MlflowError("BAD_REQUEST", "A text is longer than the database can store.");
    case "22003":
      return new MlflowError("BAD_REQUEST", "A number is outside the range the database can store.");
    case "23505":
      return new MlflowError("BAD_REQUEST", "An entry of that name exists already, or is given twice.");
    case "40001":
    case "40P01":
      return new MlflowError("REQUEST_LIMIT_EXCEEDED", "Too many writers at once; nothing was changed. Try again.", {
        headers: { "Retry-After": "1" },
      });
    default:
      return undefined;
  }
}
