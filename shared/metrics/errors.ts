import { invalid } from "../platform/errors.ts";

/** What is refused about metrics, in MLflow's words. */
export const metricErrors = {
  /** @param hint what MLflow says after it in some requests */
  invalidSampleSize: (most: number, hint = "") => invalid(`max_results must be between 1 and ${most}.${hint}`),
};
