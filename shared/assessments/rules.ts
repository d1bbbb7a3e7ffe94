/** MLflow's rules for assessments (mlflow/entities/assessment.py, mlflow/store/tracking/dbmodels/models.py). */
import { randomUUID } from "node:crypto";
import type { KeyValue } from "../mlflow/rules.ts";
import { usualBody } from "../platform/http/request.ts";
import { parseJson, TooManyValues } from "../platform/json.ts";
import { checkFits } from "../traces/rules.ts";
import { assessmentErrors } from "./errors.ts";
import type { GivenAssessment } from "./fields.ts";
import { aggregateOf, dumps, normalized } from "./values.ts";

/** What is judged, as the columns have it; `value`, `error` and the metadata are JSON text. */
export interface AssessedValue {
  assessment_type: "feedback" | "expectation" | "issue";
  value: string;
  error: string | null;
  aggregate_value: number | null;
  is_numeric_value: boolean;
}

/** A new assessment by column. Times are in milliseconds, null for now. */
export interface AssessmentRow extends AssessedValue {
  assessment_id: string;
  name: string;
  created_timestamp: number | null;
  last_updated_timestamp: number | null;
  source_type: string;
  source_id: string | null;
  run_id: string | null;
  span_id: string | null;
  rationale: string | null;
  overrides: string | null;
  assessment_metadata: string | null;
}

const sourceRunKey = "mlflow.assessment.sourceRunId";

/**
 * A new assessment. An expectation keeps no rationale, and only feedback overrides another, as in MLflow.
 * @throws INVALID_PARAMETER_VALUE for a value that is missing or can't be read, BAD_REQUEST for a text too long
 */
export function assessmentRow(given: GivenAssessment): AssessmentRow {
  const value = assessedValue(given);
  const { assessment_type: type } = value;
  const row: AssessmentRow = {
    ...value,
    assessment_id: given.assessment_id || `a-${randomUUID().replaceAll("-", "")}`,
    name: given.assessment_name ?? "",
    created_timestamp: given.create_time || null,
    last_updated_timestamp: given.last_update_time || null,
    source_type: given.source?.source_type ?? "SOURCE_TYPE_UNSPECIFIED",
    source_id: given.source?.source_id || null,
    run_id: given.metadata?.find(({ key }) => key === sourceRunKey)?.value ?? null,
    span_id: given.span_id || null,
    rationale: type === "expectation" ? null : given.rationale || null,
    overrides: type === "feedback" ? given.overrides || null : null,
    assessment_metadata: metadataText(given.metadata ?? []),
  };
  checkRow(row);
  return row;
}

const limits = { assessment_id: 50, name: 250, source_id: 250, run_id: 32, span_id: 50, overrides: 50 } as const;

function checkRow(row: AssessmentRow): void {
  for (const [column, limit] of Object.entries(limits))
    checkFits(column, limit, row[column as keyof typeof limits] ?? undefined);
}

export const checkName = (name: string): void => checkFits("name", limits.name, name);

export const metadataText = (metadata: readonly KeyValue[]): string | null =>
  metadata.length === 0 ? null : dumps(Object.fromEntries(metadata.map(({ key, value }) => [key, value])));

/** @throws INVALID_PARAMETER_VALUE for none, or several */
function assessedValue({ feedback, expectation, issue }: GivenAssessment): AssessedValue {
  if ([feedback, expectation, issue].filter(Boolean).length > 1) throw assessmentErrors.severalValues();
  if (feedback) return feedbackValue(feedback);
  if (expectation) return expectedValue(expectation);
  if (!issue) throw assessmentErrors.noValue();
  return valued("issue", { issue_name: issue.issue_name ?? "" });
}

export function feedbackValue({ value, error }: NonNullable<GivenAssessment["feedback"]>): AssessedValue {
  if (!error) return valued("feedback", value);
  const { error_code = "", error_message, stack_trace } = error;
  return {
    ...valued("feedback", value),
    error: dumps({ error_code, error_message: error_message || null, stack_trace: stack_trace || null }),
  };
}

/** @throws INVALID_PARAMETER_VALUE for no value */
export function expectedValue({ value, serialized_value }: NonNullable<GivenAssessment["expectation"]>): AssessedValue {
  if (!serialized_value) {
    if (value === undefined) throw assessmentErrors.noExpectedValue();
    return valued("expectation", value);
  }
  const { serialization_format: format = "", value: json = "" } = serialized_value;
  if (format !== "JSON_FORMAT") throw assessmentErrors.unknownFormat(format);
  const parsed = parsedJson(json);
  if (parsed === null) throw assessmentErrors.noExpectedValue();
  return { ...valued("expectation", parsed), value: normalized(json) };
}

function parsedJson(json: string): unknown {
  try {
    return parseJson(json, usualBody.values);
  } catch (error) {
    throw error instanceof TooManyValues ? error : assessmentErrors.notJson();
  }
}

function valued(assessment_type: AssessedValue["assessment_type"], value: unknown): AssessedValue {
  const { aggregate, isNumeric } = aggregateOf(value);
  return { assessment_type, value: dumps(value), error: null, aggregate_value: aggregate, is_numeric_value: isNumeric };
}
