import { invalid } from "./errors.ts";

/**
 * The run a request names, by `run_id` or by its old name `run_uuid`.
 * @throws INVALID_PARAMETER_VALUE without either
 */
export function runIdOf(input: { run_id?: string | undefined; run_uuid?: string | undefined }): string {
  const runId = input.run_id || input.run_uuid;
  if (runId) return runId;
  throw invalid(
    "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.",
  );
}

/**
 * Refuses an id that can't be a run's (mlflow/utils/validation.py, _validate_run_id).
 * @throws INVALID_PARAMETER_VALUE
 */
export function checkRunId(runId: string): void {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId))
    throw invalid(`Invalid value ${JSON.stringify(runId)} for parameter 'run_id' supplied.`);
}
