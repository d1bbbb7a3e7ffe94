/** How a table of the target is read from SQLite: what older versions lack has the value that an upgrade gives it. */
import { costColumns, tokenColumns } from "../../shared/traces/keys.ts";
import { columnsOf, type TableName } from "./tables.ts";

/** The columns of a database by table. */
export type Columns = ReadonlyMap<string, ReadonlySet<string>>;

const ofTrace = (column: string) => `(SELECT i.${column} FROM trace_info i WHERE i.request_id = t.trace_id)`;

const traceMetric = (key: string) =>
  `(SELECT CAST(m.value AS INTEGER) FROM trace_metrics m WHERE m.request_id = t.request_id AND m.key = '${key}')`;

const spanMetric = (key: string) =>
  `(SELECT m.value FROM span_metrics m WHERE m.trace_id = t.trace_id AND m.span_id = t.span_id AND m.key = '${key}')`;

const ifTable = (columns: Columns, table: string, names: readonly string[], of: (name: string) => string) =>
  columns.has(table) ? Object.fromEntries(names.map((name) => [name, of(name)])) : {};

/** SQL of columns that a version does not have yet, where they do not become null. */
function defaultsOf(table: TableName, columns: Columns): Record<string, string> {
  if (table === "inputs") return { step: "0" };
  if (table === "assessments")
    return { experiment_id: ofTrace("experiment_id"), trace_timestamp_ms: ofTrace("timestamp_ms") };
  if (table === "trace_info") return ifTable(columns, "trace_metrics", tokenColumns, traceMetric);
  if (table === "spans")
    return {
      ...ifTable(columns, "span_metrics", costColumns, spanMetric),
      ...(columns.get("spans")?.has("dimension_attributes") && {
        model_name: `json_extract(t.dimension_attributes, '$."mlflow.llm.model"')`,
        model_provider: `json_extract(t.dimension_attributes, '$."mlflow.llm.provider"')`,
      }),
    };
  return { workspace: "'default'" };
}

/** Of a trace in versions that have no columns for them; `promoted` makes columns of them. */
const promotedTexts = {
  name: "(SELECT x.value FROM trace_tags x WHERE x.request_id = t.request_id AND x.key = 'mlflow.traceName')",
  session: metadata("mlflow.trace.session"),
  usage: metadata("mlflow.trace.tokenUsage"),
  cost: metadata("mlflow.trace.cost"),
};

function metadata(key: string): string {
  return `(SELECT x.value FROM trace_request_metadata x WHERE x.request_id = t.request_id AND x.key = '${key}')`;
}

/** Metadata that newer versions keep in columns of `trace_info`. */
const promotedKeys = "('mlflow.trace.session', 'mlflow.trace.tokenUsage', 'mlflow.trace.cost')";

/** `?` stands for the ids. */
const wheres: Partial<Record<TableName, string>> = {
  datasets: "t.experiment_id IN (?)",
  experiments: "t.experiment_id IN (?)",
  experiment_tags: "t.experiment_id IN (?)",
  inputs: `(t.destination_type = 'RUN' AND t.destination_id IN (?))
    OR (t.source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND t.source_id IN (?))`,
  input_tags: `t.input_uuid IN (SELECT i.input_uuid FROM inputs i
    WHERE (i.destination_type = 'RUN' AND i.destination_id IN (?))
    OR (i.source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND i.source_id IN (?)))`,
  trace_info: "t.request_id IN (?)",
  trace_tags: "t.request_id IN (?) AND t.key <> 'mlflow.traceName'",
  trace_request_metadata: `t.request_id IN (?) AND t.key NOT IN ${promotedKeys}`,
  spans: "t.trace_id IN (?)",
  assessments: "t.trace_id IN (?)",
  logged_models: "t.model_id IN (?)",
  logged_model_params: "t.model_id IN (?)",
  logged_model_tags: "t.model_id IN (?)",
  logged_model_metrics: "t.model_id IN (?)",
  registered_models: "t.name IN (?)",
  registered_model_tags: "t.name IN (?)",
  registered_model_aliases: "t.name IN (?)",
  model_versions: "t.name IN (?)",
  model_version_tags: "t.name IN (?)",
};

/** Tables that are read, or hold nothing of their own. */
export const reading: ReadonlySet<string> = new Set([
  ...Object.keys(wheres),
  ...["runs", "params", "tags", "metrics", "latest_metrics", "alembic_version", "workspaces", "sqlite_sequence"],
  ...["trace_metrics", "span_metrics", "sql_trace_metric_daily_rollups", "sql_span_cost_daily_rollups"],
  ...["sql_assessment_daily_rollups", "sql_trace_rollup_rebuild_queue", "job_locks", "scheduler_leases"],
]);

/** SQL of a value. A text is read up to its first NUL only, unless it is a BLOB. */
export const wholeText = (column: string) =>
  `CASE WHEN typeof(${column}) = 'text' AND instr(${column}, char(0)) THEN CAST(${column} AS BLOB) ELSE ${column} END`;

/**
 * The SELECT of a table's rows that belong to so many ids, and how many times it takes them.
 */
export function readsOf(table: TableName, columns: Columns, ids: number): { text: string; times: number } {
  const has = columns.get(table) ?? new Set();
  const where = wheres[table] ?? "t.run_uuid IN (?)";
  const places = Array.from({ length: ids }, () => "?").join(", ");
  const defaults = defaultsOf(table, columns);
  const read = columnsOf(table).map((name) => [
    name,
    has.has(name) ? wholeText(`t."${name}"`) : (defaults[name] ?? "NULL"),
  ]);
  if (table === "trace_info" && !has.has("trace_name")) read.push(...Object.entries(promotedTexts));
  return {
    text: `SELECT ${read.map(([name, text]) => `${text} AS "${name}"`).join(", ")} FROM ${table} t
      WHERE ${where.replaceAll("?", places)} ORDER BY t.rowid`,
    times: where.split("?").length - 1,
  };
}
