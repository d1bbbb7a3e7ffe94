/** Metrics that a run logs for a logged model (mlflow/store/tracking/sqlalchemy_store.py, _log_model_metrics). */
import { sqlState } from "../platform/db/errors.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { MlflowError } from "../platform/errors.ts";

// As for a changed param, a cast that fails is what aborts the statement.
const changed = "mlflow-functions: changed model metric";

/**
 * A CTE, `model_metric`, that writes the metrics of the CTE `metric` that name a model to this model too, in the
 * statement that logs them: put it after `metric` in the same WITH, and pass what the statement throws to
 * `modelMetricError`.
 *
 * `metric` needs the columns `key`, `value` (stored form: NaN is 0, infinities are the largest doubles), `timestamp`,
 * `step`, `run_uuid`, `experiment_id`, `model_id`, `dataset_name` and `dataset_digest`; the last three null where not
 * given. A model has one value for a run, key, time and step: the same again is left alone, anything else aborts the
 * statement, and so does a model that does not exist. Deleted models and those of other experiments are taken.
 */
export const writeModelMetrics: Sql = sql`model_metric AS (
  INSERT INTO logged_model_metrics AS old (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
    experiment_id, run_id, dataset_name, dataset_digest)
  SELECT DISTINCT model_id, key, timestamp, step, value, experiment_id, run_uuid, dataset_name, dataset_digest
  FROM metric WHERE model_id IS NOT NULL ORDER BY model_id, key, timestamp, step
  ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id)
    DO UPDATE SET metric_value = (${changed} || old.metric_name)::float8
    WHERE (old.metric_value, old.dataset_name, old.dataset_digest)
      IS DISTINCT FROM (excluded.metric_value, excluded.dataset_name, excluded.dataset_digest)
)`;

/** The refusal behind an error of a statement with `writeModelMetrics`; undefined for any other error. */
export function modelMetricError(error: unknown): MlflowError | undefined {
  const state = sqlState(error);
  const { message, constraint } = error as Error & { constraint?: string };
  if (state === "23503" && constraint === "fk_logged_model_metrics_model_id")
    return new MlflowError("BAD_REQUEST", "A metric names a logged model that does not exist.");
  // 21000: two values in one statement.
  if (state === "21000" || (state === "22P02" && message.includes(changed)))
    return new MlflowError(
      "BAD_REQUEST",
      "A logged model has another value or dataset for a metric at this time and step already.",
    );
  return undefined;
}
