import type { InvocationContext } from "@azure/functions";
import type { Config } from "../config.ts";
import { shown } from "../shown.ts";
import type { Timings } from "./timings.ts";

/** A request that was answered. Of the request itself it has only who signed in, so it holds no secret. */
export interface Answered {
  /** Method and path as the route's table has them: `GET 2.0/mlflow/runs/get`; undefined where there is none. */
  route: string | undefined;
  status: number;
  milliseconds: number;
  user: string | undefined;
  errorCode: string | undefined;
}

type Sampling = Pick<Config, "MLFLOW_FUNCTIONS_LOG_SAMPLE" | "MLFLOW_FUNCTIONS_LOG_SLOW_MS">;

/**
 * Writes a request's line to the log of its invocation, as JSON: refusals and slow answers always, of the others the
 * share that the settings say. Failures of the app are errors; all else is information.
 * @param sampling undefined where the settings are wrong
 */
export function logRequest(
  invocation: InvocationContext,
  answered: Answered,
  timings: Timings,
  sampling: Sampling | undefined,
): void {
  const { route, status, milliseconds, user, errorCode } = answered;
  if (!isWritten(answered, sampling)) return;
  const line = JSON.stringify({
    route: route ?? "unknown",
    status,
    ms: rounded(milliseconds),
    database_ms: rounded(timings.database.milliseconds),
    storage_ms: rounded(timings.storage.milliseconds),
    sign_in_ms: rounded(timings.signIn.milliseconds) || undefined,
    retries: timings.retries || undefined,
    request_id: invocation.invocationId,
    user: user && shown(user),
    error_code: errorCode,
  });
  if (isFailure(status)) invocation.error(line);
  else invocation.info(line);
}

function isWritten({ status, milliseconds }: Answered, sampling: Sampling | undefined): boolean {
  if (status >= 400 || !sampling) return true;
  return milliseconds >= sampling.MLFLOW_FUNCTIONS_LOG_SLOW_MS || Math.random() < sampling.MLFLOW_FUNCTIONS_LOG_SAMPLE;
}

const notImplemented = 501;

/** Whether the app, or what it needs, failed. What is not served is no failure. */
export const isFailure = (status: number): boolean => status >= 500 && status !== notImplemented;

const rounded = (milliseconds: number) => Math.round(milliseconds * 10) / 10;
