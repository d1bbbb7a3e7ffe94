/** Assessments of traces (mlflow/store/tracking/sqlalchemy_store.py). */
import { nowMillis, objectText } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { empty, join, raw, type Sql, sql } from "../platform/db/sql.ts";
import { traceErrors } from "../traces/errors.ts";
import { assessmentErrors } from "./errors.ts";
import type { AssessedValue, AssessmentRow } from "./rules.ts";
import { assessmentText } from "./text.ts";

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

interface Created {
  assessment: string | null;
  /** Whether the id is taken. */
  taken: boolean;
}

/**
 * Adds an assessment to a trace, and answers `{"assessment": ...}`. The one that it overrides is not valid any more.
 * @throws RESOURCE_DOES_NOT_EXIST for an unknown trace or overridden assessment, RESOURCE_ALREADY_EXISTS
 */
export async function createAssessment(db: Db, traceId: string, row: AssessmentRow): Promise<string> {
  const { assessment_id: id, overrides } = row;
  const [found] = await db.query<Created>(sql`
    WITH trace AS (
      SELECT * FROM trace_info WHERE request_id = ${traceId} FOR NO KEY UPDATE
    ), taken AS (
      SELECT FROM assessments WHERE assessment_id = ${id}
    ), overridden AS (
      UPDATE assessments a SET valid = false FROM trace
      WHERE a.trace_id = trace.request_id AND a.assessment_id = ${overrides} AND NOT EXISTS (SELECT FROM taken)
      RETURNING a.assessment_id
    ), assessment AS (
      ${givenAssessments(sql`trace`, [row])}
      WHERE ${overrides}::text IS NULL OR EXISTS (SELECT FROM overridden)
      ON CONFLICT (assessment_id) DO NOTHING
      RETURNING *
    )
    SELECT (SELECT ${objectText({ assessment: assessmentText })} FROM assessment a) AS assessment,
      EXISTS (SELECT FROM taken) AS taken
    FROM trace`);
  if (!found) throw traceErrors.notFound(traceId);
  if (found.assessment !== null) return found.assessment;
  if (found.taken || overrides === null) throw assessmentErrors.exists(id);
  throw assessmentErrors.notFound(overrides, traceId);
}

/** `{"assessment": ...}`. */
export async function getAssessment(db: Db, traceId: string, id: string): Promise<string> {
  const [row] = await db.query<{ assessment: string | null }>(sql`
    SELECT (SELECT ${objectText({ assessment: assessmentText })} FROM assessments a
      WHERE a.trace_id = t.request_id AND a.assessment_id = ${id}) AS assessment
    FROM trace_info t WHERE t.request_id = ${traceId}`);
  if (!row) throw assessmentErrors.traceNotFound(traceId);
  if (row.assessment === null) throw assessmentErrors.notFound(id, traceId);
  return row.assessment;
}

/** What is changed of an assessment; what is undefined stays. */
export interface AssessmentChange {
  name: string | undefined;
  value: AssessedValue | undefined;
  rationale: string | undefined;
  /** JSON text of what is added. */
  metadata: string | null;
}

/** Changes an assessment and answers `{"assessment": ...}`. An expectation has no rationale. */
export async function updateAssessment(
  db: Db,
  traceId: string,
  id: string,
  { name, value, rationale, metadata }: AssessmentChange,
): Promise<string> {
  const changed = join([
    sql`last_updated_timestamp = ${nowMillis}`,
    ...(name === undefined ? [] : [sql`name = ${name}`]),
    ...(rationale === undefined
      ? []
      : [sql`rationale = CASE WHEN assessment_type = 'expectation' THEN NULL ELSE ${rationale} END`]),
    ...(metadata === null
      ? []
      : [sql`assessment_metadata = (coalesce(assessment_metadata, '{}')::jsonb || ${metadata}::jsonb)::text`]),
    ...(value
      ? [
          sql`value = ${value.value}, error = ${value.error}, aggregate_value = ${value.aggregate_value}::float8,
        is_numeric_value = ${value.is_numeric_value}`,
        ]
      : []),
  ]);
  const [row] = await db.query<{ kind: string | null; assessment: string | null }>(sql`
    WITH changed AS (
      UPDATE assessments SET ${changed}
      WHERE trace_id = ${traceId} AND assessment_id = ${id}${value ? sql` AND assessment_type = ${value.assessment_type}` : empty}
      RETURNING *
    )
    SELECT (SELECT ${objectText({ assessment: assessmentText })} FROM changed a) AS assessment,
      (SELECT assessment_type FROM assessments WHERE trace_id = t.request_id AND assessment_id = ${id}) AS kind
    FROM trace_info t WHERE t.request_id = ${traceId}`);
  if (!row) throw assessmentErrors.traceNotFound(traceId);
  if (row.assessment !== null) return row.assessment;
  if (row.kind === null || !value) throw assessmentErrors.notFound(id, traceId);
  throw assessmentErrors.otherKind(value.assessment_type, row.kind);
}

/** Deletes an assessment where it is there. What it overrode is valid again. */
export async function deleteAssessment(db: Db, traceId: string, id: string): Promise<void> {
  await db.query(sql`
    WITH deleted AS (
      DELETE FROM assessments WHERE trace_id = ${traceId} AND assessment_id = ${id} RETURNING trace_id, overrides
    )
    UPDATE assessments a SET valid = true FROM deleted
    WHERE a.assessment_id = deleted.overrides AND a.trace_id = deleted.trace_id`);
}
