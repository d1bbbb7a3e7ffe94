/** Tags and metadata of traces that MLflow itself sets or reads (mlflow/tracing/constant.py). */

/** The name, which has a column of its own. */
export const traceNameTag = "mlflow.traceName";

/** Where the artifacts lie. */
export const artifactLocationTag = "mlflow.artifactLocation";

/** Where the spans lie: `TRACKING_STORE`, `ARCHIVE_REPO`, or with the artifacts where there is no such tag. */
export const spansLocationTag = "mlflow.trace.spansLocation";

/** Where the spans of an archived trace lie. */
export const archiveLocationTag = "mlflow.trace.archiveLocation";

export const archivalFailureTag = "mlflow.trace.archivalFailure";

/** How many spans the client has sent, and how large they are, as JSON. */
export const sizeStatsKey = "mlflow.trace.sizeStats";

/** Says that the client has given what is known of the trace as a whole. */
export const finalizedKey = "mlflow.trace.infoFinalized";

export const sessionKey = "mlflow.trace.session";
export const tokenUsageKey = "mlflow.trace.tokenUsage";
export const costKey = "mlflow.trace.cost";

/** The run in which the trace was made. Traces can be linked to other runs too. */
export const sourceRunKey = "mlflow.sourceRun";

/** By this name prompts are asked for as if they were a tag. */
export const linkedPromptsTag = "mlflow.linkedPrompts";

/** Metadata that is kept in columns. */
export const promotedKeys: readonly string[] = [sessionKey, tokenUsageKey, costKey];

/** Columns of token counts, by their names in the metadata too, in the order in which they are written there. */
export const tokenColumns = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation_input_tokens_above_1hr",
] as const;

/** The same of costs, in US dollars. */
export const costColumns = ["input_cost", "output_cost", "total_cost"] as const;
