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
