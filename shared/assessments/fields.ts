/** Assessments as requests have them. */
import type { z } from "zod";
import { enumeration, flag, message, nested, text } from "../platform/http/fields.ts";
import { jsonValue, textMap, timestamp } from "../platform/http/well-known.ts";

const sourceTypes = { SOURCE_TYPE_UNSPECIFIED: 0, HUMAN: 1, LLM_JUDGE: 2, CODE: 3 } as const;

const assessmentError = () => message({ error_code: text(), error_message: text(), stack_trace: text() });

const serializedValue = () => message({ serialization_format: text(), value: text() });

/** What is judged, by whom, and one of `feedback`, `expectation` and `issue`. */
export const assessmentMessage = () =>
  message({
    assessment_id: text(),
    assessment_name: text(),
    trace_id: text(),
    span_id: text(),
    source: nested(message({ source_type: enumeration(sourceTypes), source_id: text() })),
    create_time: timestamp(),
    last_update_time: timestamp(),
    feedback: nested(message({ value: jsonValue(), error: nested(assessmentError()) })),
    expectation: nested(message({ value: jsonValue(), serialized_value: nested(serializedValue()) })),
    issue: nested(message({ issue_name: text() })),
    rationale: text(),
    error: nested(assessmentError()),
    metadata: textMap(),
    overrides: text(),
    valid: flag(),
  });

export type GivenAssessment = z.output<ReturnType<typeof assessmentMessage>>;
