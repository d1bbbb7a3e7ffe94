/** Traces as requests have them. */
import { assessmentMessage } from "../assessments/fields.ts";
import { enumeration, list, message, nested, text } from "../platform/http/fields.ts";
import { duration, textMap, timestamp } from "../platform/http/well-known.ts";
import { traceStates } from "./rules.ts";

const locationTypes = { TRACE_LOCATION_TYPE_UNSPECIFIED: 0, MLFLOW_EXPERIMENT: 1, INFERENCE_TABLE: 2 } as const;

export const traceLocation = () =>
  message({
    type: enumeration(locationTypes),
    mlflow_experiment: nested(message({ experiment_id: text() })),
    inference_table: nested(message({ full_table_name: text() })),
  });

/** What is known of a trace, in version 3. `request` and `response` are older, and ignored. */
export const traceInfoMessage = () =>
  message({
    trace_id: text(),
    client_request_id: text(),
    trace_location: nested(traceLocation()),
    request: text(),
    response: text(),
    request_preview: text(),
    response_preview: text(),
    request_time: timestamp(),
    execution_duration: duration(),
    state: enumeration(traceStates),
    trace_metadata: textMap(),
    assessments: list(assessmentMessage()),
    tags: textMap(),
  });
