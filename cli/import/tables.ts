/** The tables of the target that an import fills, and what they belong to. */

/** A value as a column has it; text of a bigint may be given as digits, and any text as its UTF-8. */
export type Value = string | number | bigint | boolean | Uint8Array | null | undefined;

/** A row by the names of its columns. What is missing is null, or the column's default in the source's reader. */
export type Row = Readonly<Record<string, Value>>;

/** What is imported as one thing: it is there as a whole or not at all. */
export type Kind = "experiments" | "runs" | "logged_models" | "traces" | "registered_models";

interface Table {
  columns: readonly string[];
  /** The SQL of the id that a row belongs to, where the table is called `t`. */
  owner: string;
}

const table = (owner: string, columns: string): Table => ({
  owner: /\W/.test(owner) ? owner : `t.${owner}`,
  columns: columns.split(" "),
});

const runOfInput = "CASE t.destination_type WHEN 'RUN' THEN t.destination_id ELSE t.source_id END";
const version = "name version workspace";

/** In the order in which foreign keys want them filled. */
const kinds = {
  experiments: {
    experiments: table(
      "experiment_id",
      "experiment_id name artifact_location lifecycle_stage creation_time last_update_time workspace",
    ),
    experiment_tags: table("experiment_id", "key value experiment_id"),
    datasets: table(
      "experiment_id",
      "dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema dataset_profile",
    ),
  },
  runs: {
    runs: table(
      "run_uuid",
      "run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version lifecycle_stage artifact_uri experiment_id deleted_time",
    ),
    params: table("run_uuid", "key value run_uuid"),
    tags: table("run_uuid", "key value run_uuid"),
    metrics: table("run_uuid", "key value timestamp run_uuid step is_nan"),
    latest_metrics: table("run_uuid", "key value timestamp step is_nan run_uuid"),
    inputs: table(runOfInput, "input_uuid source_type source_id destination_type destination_id step"),
    input_tags: table(
      `(SELECT ${runOfInput} FROM inputs t WHERE t.input_uuid = tag.input_uuid)`,
      "input_uuid name value",
    ),
  },
  logged_models: {
    logged_models: table(
      "model_id",
      "model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status lifecycle_stage model_type source_run_id status_message",
    ),
    logged_model_params: table("model_id", "model_id experiment_id param_key param_value"),
    logged_model_tags: table("model_id", "model_id experiment_id tag_key tag_value"),
    logged_model_metrics: table(
      "model_id",
      "model_id metric_name metric_timestamp_ms metric_step metric_value experiment_id run_id dataset_uuid dataset_name dataset_digest",
    ),
  },
  traces: {
    trace_info: table(
      "request_id",
      "request_id experiment_id timestamp_ms execution_time_ms status client_request_id request_preview response_preview trace_name session_id input_tokens output_tokens total_tokens cache_read_input_tokens cache_creation_input_tokens cache_creation_input_tokens_above_1hr input_cost output_cost total_cost",
    ),
    trace_tags: table("request_id", "key value request_id"),
    trace_request_metadata: table("request_id", "key value request_id"),
    spans: table(
      "trace_id",
      "trace_id experiment_id span_id parent_span_id name type status start_time_unix_nano end_time_unix_nano content input_cost output_cost total_cost model_name model_provider",
    ),
    assessments: table(
      "trace_id",
      "assessment_id trace_id name assessment_type value error created_timestamp last_updated_timestamp source_type source_id run_id span_id rationale overrides valid assessment_metadata experiment_id trace_timestamp_ms aggregate_value is_numeric_value",
    ),
  },
  registered_models: {
    registered_models: table("name", "name creation_time last_updated_time description workspace"),
    registered_model_tags: table("name", "key value name workspace"),
    model_versions: table(
      "name",
      `${version} creation_time last_updated_time description user_id current_stage source run_id status status_message run_link storage_location`,
    ),
    model_version_tags: table("name", `key value ${version}`),
    registered_model_aliases: table("name", `alias ${version}`),
  },
} satisfies Record<Kind, Record<string, Table>>;

type TablesOf<K extends Kind> = keyof (typeof kinds)[K] & string;
export type TableName = { [K in Kind]: TablesOf<K> }[Kind];

const all: Record<string, Table> = Object.assign({}, ...Object.values(kinds));

export const columnsOf = (name: TableName): readonly string[] => all[name]!.columns;

/** The SQL of the id that rows of a table belong to; the table is called `t`, `input_tags` is called `tag`. */
export const ownerOf = (name: TableName): string => all[name]!.owner;

export const aliasOf = (name: TableName): string => (name === "input_tags" ? "tag" : "t");

export const tablesOf = (kind: Kind): TableName[] => Object.keys(kinds[kind]) as TableName[];

/** The table that has one row for each thing of a kind, and the column of its id. */
export const mainTable = {
  experiments: ["experiments", "experiment_id"],
  runs: ["runs", "run_uuid"],
  logged_models: ["logged_models", "model_id"],
  traces: ["trace_info", "request_id"],
  registered_models: ["registered_models", "name"],
} as const satisfies Record<Kind, readonly [TableName, string]>;

/** The kinds that lie in an experiment, in the order in which they refer to each other. */
export const inExperiments = ["runs", "logged_models", "traces"] as const satisfies Kind[];

/** How a kind is called in what the command prints. */
export const nouns: Record<Kind, [one: string, many: string]> = {
  experiments: ["experiment", "experiments"],
  runs: ["run", "runs"],
  logged_models: ["logged model", "logged models"],
  traces: ["trace", "traces"],
  registered_models: ["registered model", "registered models"],
};
