import { invalid, MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about traces, in MLflow's words. */
export const traceErrors = {
  notFound: (id: string) => missing(`Trace with ID '${shown(id)}' not found.`),

  /** The same where the spans are asked for. */
  absent: (id: string) => missing(`Trace with ID ${shown(id)} is not found.`),

  /** Spans are missing that the client has announced. */
  incomplete: (id: string) => missing(`Trace with ID ${shown(id)} is not fully exported yet, please try again later.`),

  noFile: (path: string) => new MlflowError("NOT_FOUND", `Trace data not found for path=${path}`),

  noAttachment: (id: string) => missing(`No such artifact: 'attachments/${id}'`),

  invalidAttachment: (path: string) =>
    new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `Invalid attachment path: '${shown(path)}'. Attachment path must be a valid UUID.`,
      { classified: ["KAM04", "ATTRIBUTE_NOT_FOUND"] },
    ),

  /** A start of a trace that is there already, elsewhere. */
  inAnotherExperiment: (id: string) => invalid(`Trace with ID '${shown(id)}' already exists in another experiment.`),

  /** A start of a trace whose spans do not lie in the database any more. */
  notInDatabase: (id: string) =>
    new MlflowError("INVALID_STATE", `Cannot update traces that are no longer DB-backed: '${shown(id)}'.`),

  /** @param type as `INFERENCE_TABLE` */
  otherLocation: (type: string, experimentId: string) =>
    invalid(
      `Trace location type TraceLocationType.${type} does not match the provided location ` +
        `MlflowExperimentLocation(experiment_id='${shown(experimentId)}').`,
    ),

  noTag: (key: string, id: string) => missing(`No trace tag with key '${shown(key)}' for trace with ID '${shown(id)}'`),

  /** @param operation as `set` */
  reservedTag: (key: string, operation: "set" | "deleted") =>
    invalid(`Tag '${key}' is immutable and cannot be ${operation} on a trace.`),

  tooManyAsked: (most: number, given: number) =>
    invalid(`At most ${most} traces can be asked for at once, not ${given}. Ask for fewer.`),

  /** Of several traces, or of a single one that is as large. */
  tooMuchAsked: (most: number, bytes: number) =>
    invalid(
      `What was asked for has ${bytes} bytes, and an answer at most ${most}. Ask for fewer traces at once; MLflow's Python ` +
        "client does with MLFLOW_SEARCH_TRACES_MAX_BATCH_SIZE=1.",
    ),

  tooManyLinks: (most: number, given: number) =>
    invalid(`Cannot link more than ${most} traces to a run in a single request. Provided ${given} traces.`),

  notAVersion: (version: string) => invalid(`The version of a prompt must be a number, not '${shown(version)}'.`),

  nothingChosen: () => invalid("Either `max_timestamp_millis` or `trace_ids` must be specified."),
  chosenTwice: () => invalid("Only one of `max_timestamp_millis` and `trace_ids` can be specified."),
  limitOfIds: () => invalid("`max_traces` can't be specified if `trace_ids` is specified."),
  invalidLimit: (most: number) => {
    const rule = "`max_traces` must be a positive integer";
    return invalid(`${rule}, received ${most}.`);
  },

  noLocation: () => invalid("A trace must be in an experiment: 'trace_location.mlflow_experiment' is missing."),

  /** A text longer than its column. */
  tooLong: (name: string, limit: number) =>
    new MlflowError("BAD_REQUEST", `'${name}' is longer than ${limit} characters.`),
};
