/** The JSON text of assessments. */
import { objectText, timestampText } from "../mlflow/json-sql.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

/** Of a stack trace MLflow answers the end. */
const error = sql`CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
    'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
    'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
      THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
      ELSE nullif(a.error::json->>'stack_trace', '') END)) END`;

/**
 * The JSON text of assessment `a`. Stored values are JSON text already; an expected list or object is answered as a
 * text that holds it.
 */
export const assessmentText: Sql = objectText({
  assessment_id: sql`to_json(a.assessment_id)`,
  assessment_name: sql`to_json(a.name)`,
  trace_id: sql`to_json(a.trace_id)`,
  span_id: sql`to_json(a.span_id)`,
  source: objectText({ source_type: sql`to_json(a.source_type)`, source_id: sql`to_json(a.source_id)` }),
  create_time: timestampText(sql`a.created_timestamp`),
  last_update_time: timestampText(sql`a.last_updated_timestamp`),
  feedback: sql`CASE WHEN a.assessment_type = 'feedback' THEN ${objectText({ value: sql`a.value`, error })} END`,
  expectation: sql`CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
      THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
      ELSE '{"value":' || a.value || '}' END END`,
  issue: sql`CASE WHEN a.assessment_type = 'issue' THEN a.value END`,
  rationale: sql`to_json(a.rationale)`,
  metadata: sql`a.assessment_metadata`,
  overrides: sql`to_json(nullif(a.overrides, ''))`,
  valid: sql`to_json(a.valid)`,
});
