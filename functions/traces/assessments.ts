import type { z } from "zod";
import { assessmentErrors } from "../../shared/assessments/errors.ts";
import {
  type AssessedValue,
  assessmentRow,
  checkName,
  expectedValue,
  feedbackValue,
  metadataText,
} from "../../shared/assessments/rules.ts";
import * as store from "../../shared/assessments/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { CreateAssessment, OneAssessment, UpdateAssessment } from "./schemas.ts";

export async function createAssessment(input: z.output<typeof CreateAssessment>, { db }: Context) {
  return store.createAssessment(db, input.trace_id, assessmentRow(input.assessment));
}

export async function getAssessment(input: z.output<typeof OneAssessment>, { db }: Context) {
  return store.getAssessment(db, input.trace_id, input.assessment_id);
}

/** Members that the mask names are set, to what they are by default where they are not given. */
export async function updateAssessment(input: z.output<typeof UpdateAssessment>, { db }: Context) {
  const { assessment, update_mask: mask } = input;
  if (mask.includes("valid")) throw assessmentErrors.notChangeable();
  const name = mask.includes("assessment_name") ? (assessment.assessment_name ?? "") : undefined;
  if (name !== undefined) checkName(name);
  return store.updateAssessment(db, input.trace_id, input.assessment_id, {
    name,
    value: newValue(mask, assessment),
    rationale: mask.includes("rationale") ? (assessment.rationale ?? "") : undefined,
    metadata: mask.includes("metadata") ? metadataText(assessment.metadata ?? []) : null,
  });
}

function newValue(
  mask: readonly string[],
  {
    feedback = { value: undefined },
    expectation = { value: undefined },
  }: z.output<typeof UpdateAssessment>["assessment"],
): AssessedValue | undefined {
  const [judged, expected] = [mask.includes("feedback"), mask.includes("expectation")];
  if (judged && expected) throw assessmentErrors.twoValues();
  if (judged) return feedbackValue(feedback);
  return expected ? expectedValue(expectation) : undefined;
}

export async function deleteAssessment(input: z.output<typeof OneAssessment>, { db }: Context) {
  await store.deleteAssessment(db, input.trace_id, input.assessment_id);
  return {};
}
