/** MLflow's error codes and the HTTP status of each (mlflow/exceptions.py). */
const statusOf = {
  INTERNAL_ERROR: 500,
  INVALID_STATE: 500,
  DATA_LOSS: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  REQUEST_LIMIT_EXCEEDED: 429,
  RESOURCE_EXHAUSTED: 429,
  ABORTED: 409,
  RESOURCE_CONFLICT: 409,
  ALREADY_EXISTS: 409,
  NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_DOES_NOT_EXIST: 404,
  PERMISSION_DENIED: 403,
  CUSTOMER_UNAUTHORIZED: 401,
  UNAUTHENTICATED: 401,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_PARAMETER_VALUE: 400,
  // MLflow has no status for this code, so its server falls back to 500.
  FEATURE_DISABLED: 500,
} as const;

export type ErrorCode = keyof typeof statusOf;

/** `sqlstate` and `error_class` that MLflow adds to each code (mlflow/error_classification.py). */
const classOf: Partial<Record<ErrorCode, readonly [sqlstate: string, errorClass: string]>> = {
  BAD_REQUEST: ["KAM00", "INVALID_PARAMETER_VALUE"],
  CUSTOMER_UNAUTHORIZED: ["KAM00", "PERMISSION_DENIED"],
  ENDPOINT_NOT_FOUND: ["KAM00", "RESOURCE_NOT_FOUND"],
  FEATURE_DISABLED: ["KAM00", "FEATURE_DISABLED"],
  INTERNAL_ERROR: ["XXM00", "CLIENT_INTERNAL_ERROR"],
  INVALID_PARAMETER_VALUE: ["KAM00", "INVALID_PARAMETER_VALUE"],
  INVALID_STATE: ["XXM00", "CLIENT_INTERNAL_ERROR"],
  NOT_FOUND: ["KAM00", "RESOURCE_NOT_FOUND"],
  PERMISSION_DENIED: ["KAM00", "PERMISSION_DENIED"],
  RESOURCE_ALREADY_EXISTS: ["KAM00", "RESOURCE_ALREADY_EXISTS"],
  RESOURCE_DOES_NOT_EXIST: ["KAM00", "RESOURCE_NOT_FOUND"],
  TEMPORARILY_UNAVAILABLE: ["XXM00", "CLIENT_INTERNAL_ERROR"],
};

const maxMessageBytes = 3800;

/** The part of a message that fits into an error body. `shown` has already cut what the client sent. */
function capped(message: string): string {
  let text = message.slice(0, maxMessageBytes).toWellFormed();
  for (let size = bytesOf(text); size > maxMessageBytes; size = bytesOf(text))
    text = text.slice(0, Math.floor((text.length * maxMessageBytes) / size)).toWellFormed();
  return text;
}

const bytesOf = (text: string) => Buffer.byteLength(JSON.stringify(text));

export interface ErrorOptions {
  /** `sqlstate` and `error_class` other than the code's own. */
  classified?: readonly [sqlstate: string, errorClass: string];
  /** An HTTP status other than the code's own. */
  status?: number;
  headers?: Record<string, string>;
  cause?: unknown;
  /** The operator has to correct this, so it is logged too. */
  forOperator?: true;
  /** What someone presented to sign in was not accepted. */
  refusesSignIn?: true;
  /** Whom it refuses, where that is known although they are not signed in. */
  who?: string;
}

/**
 * The one error a client sees. `message` is answered as it is, so it must hold no secret.
 */
export class MlflowError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly forOperator: boolean;
  readonly refusesSignIn: boolean;
  readonly who: string | undefined;
  private readonly classified: readonly [sqlstate: string, errorClass: string] | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "MlflowError";
    this.code = code;
    this.status = options.status ?? statusOf[code];
    this.headers = options.headers ?? {};
    this.forOperator = options.forOperator ?? false;
    this.refusesSignIn = options.refusesSignIn ?? false;
    this.who = options.who;
    this.classified = options.classified ?? classOf[code];
  }

  /**
   * The body as MLflow writes it: `error_code`, `message`, and `sqlstate` and `error_class` where it has them. Below 4
   * KB.
   */
  toJSON(): Record<string, string> {
    const [sqlstate, errorClass] = this.classified ?? [];
    return {
      error_code: this.code,
      message: capped(this.message),
      ...(sqlstate && { sqlstate }),
      ...(errorClass && { error_class: errorClass }),
    };
  }
}

/** Shorthand for the commonest refusal. */
export const invalid = (message: string): MlflowError => new MlflowError("INVALID_PARAMETER_VALUE", message);

/** A path that is not served, in MLflow's words. */
export const invalidPath = (): MlflowError => invalid("Invalid path");

/** Shorthand for a missing entity. */
export const missing = (message: string): MlflowError => new MlflowError("RESOURCE_DOES_NOT_EXIST", message);

/** What a caller who has signed in may not do, in MLflow's words. */
export const denied = (): MlflowError => new MlflowError("PERMISSION_DENIED", "Permission denied");
