/** Assessments as a file store and the API have them, as rows. */
import { normalized } from "../../shared/assessments/values.ts";
import { aggregates } from "./older-traces.ts";
import type { Row, Value } from "./tables.ts";
import { jsonText, millis } from "./texts.ts";

type Members = Readonly<Record<string, unknown>>;

/** The first member that is there. */
function fieldOf(members: Members, ...names: string[]): Value {
  const name = names.find((one) => members[one] !== undefined && members[one] !== null);
  return name === undefined ? null : (members[name] as Value);
}

function textOf(members: Members, ...names: string[]): string | null {
  const value = fieldOf(members, ...names);
  return value === null || value === undefined ? null : String(value);
}

/** @param id where it has none itself; @param own columns of its trace */
export function assessmentRow(meta: Members, id: string, own: Row): Row[] {
  const feedback = meta.feedback as Members | undefined;
  const expectation = meta.expectation as Members | undefined;
  if (!feedback && !expectation) return [];
  const value = feedback ? jsonText(feedback.value) : expectationText(expectation!);
  const source = (meta.source ?? {}) as Members;
  const metadata = meta.metadata as Members | undefined;
  return [
    {
      ...own,
      assessment_id: textOf(meta, "assessment_id") ?? id,
      name: textOf(meta, "assessment_name", "name") ?? "",
      assessment_type: feedback ? "feedback" : "expectation",
      value,
      error: feedback?.error ? jsonText(feedback.error) : null,
      created_timestamp: millis(fieldOf(meta, "create_time_ms", "create_time")),
      last_updated_timestamp: millis(fieldOf(meta, "last_update_time_ms", "last_update_time", "create_time")),
      source_type: textOf(source, "source_type") ?? "CODE",
      source_id: textOf(source, "source_id"),
      run_id: textOf(meta, "run_id"),
      span_id: textOf(meta, "span_id"),
      rationale: textOf(meta, "rationale"),
      overrides: textOf(meta, "overrides"),
      valid: meta.valid !== false,
      assessment_metadata: metadata && Object.keys(metadata).length > 0 ? jsonText(metadata) : null,
      ...aggregates(value),
    },
  ];
}

function expectationText({ value, serialized_value: serialized }: Members): string {
  const text = (serialized as Members | undefined)?.value;
  return typeof text === "string" ? normalized(text) : jsonText(value);
}
