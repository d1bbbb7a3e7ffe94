/** Assessments of traces (mlflow/store/tracking/sqlalchemy_store.py). */
import { nowMillis } from "../mlflow/json-sql.ts";
import { join, raw, type Sql, sql } from "../platform/db/sql.ts";
import type { AssessmentRow } from "./rules.ts";

const columns = {
  assessment_id: "text",
  name: "text",
  assessment_type: "text",
  value: "text",
  error: "text",
  created_timestamp: "int8",
  last_updated_timestamp: "int8",
  aggregate_value: "float8",
  is_numeric_value: "bool",
  source_type: "text",
  source_id: "text",
  run_id: "text",
  span_id: "text",
  rationale: "text",
  overrides: "text",
  assessment_metadata: "text",
} satisfies Record<keyof AssessmentRow, string>;

const names = Object.keys(columns);
const typed = raw(
  Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(", "),
);
const inserted = raw([...names, "valid", "trace_id", "experiment_id", "trace_timestamp_ms"].join(", "));

/** A time that is not given is now. */
const selected = names.map((name) =>
  name.endsWith("_timestamp") ? sql`coalesce(${raw(`g.${name}`)}, ${nowMillis})` : raw(`g.${name}`),
);

/** `INSERT` of assessments, for a CTE that has one row of `trace_info`. They are valid whatever their client says. */
export const givenAssessments = (trace: Sql, rows: readonly AssessmentRow[]): Sql => sql`
      INSERT INTO assessments (${inserted})
      SELECT ${join(selected)}, true, t.request_id, t.experiment_id, t.timestamp_ms
      FROM ${trace} t, json_to_recordset(${JSON.stringify(rows)}::json) AS g(${typed})`;

/** What replaces an assessment that is there already. */
export const setAssessment: Sql = raw(
  [...names.slice(1), "valid", "trace_timestamp_ms"].map((name) => `${name} = excluded.${name}`).join(", "),
);
