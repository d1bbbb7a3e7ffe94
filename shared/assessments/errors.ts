import { invalid, MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about assessments, in MLflow's words. */
export const assessmentErrors = {
  notFound: (id: string, traceId: string) =>
    missing(`Assessment with ID '${shown(id)}' not found for trace '${shown(traceId)}'`),

  traceNotFound: (traceId: string) => missing(`Trace with request_id '${shown(traceId)}' not found`),

  noValue: () => invalid("Unknown assessment type: None"),

  severalValues: () => invalid("An assessment has one of feedback, expectation and issue."),

  noExpectedValue: () => invalid("The `value` field must be specified."),

  unknownFormat: (format: string) =>
    invalid(`Unknown serialization format: ${shown(format)}. Only JSON_FORMAT is supported.`),

  notJson: () => invalid("The serialized value of an expectation must be JSON."),

  ofAnotherTrace: (id: string) => invalid(`Assessment with ID '${shown(id)}' belongs to another trace.`),

  exists: (id: string) =>
    new MlflowError("RESOURCE_ALREADY_EXISTS", `Assessment with ID '${shown(id)}' already exists.`),

  /** A change of a value to one of the other kind. */
  otherKind: (given: string, kind: string) =>
    invalid(`Cannot update ${given} value on ${kind === "expectation" ? "an Expectation" : "a Feedback"} assessment.`),

  notChangeable: () => invalid("Whether an assessment is valid is decided by what overrides it."),

  twoValues: () => invalid("Cannot specify both `expectation` and `feedback` parameters."),
};
