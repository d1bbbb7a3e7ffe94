import { keyValues } from "../../shared/mlflow/fields.ts";
import {
  enumeration,
  int64,
  message,
  nested,
  required,
  requiredMember,
  text,
  texts,
} from "../../shared/platform/http/fields.ts";
import { traceInfoMessage } from "../../shared/traces/fields.ts";
import { traceStatuses } from "../../shared/traces/rules.ts";

export const StartTrace = message({ trace: requiredMember(message({ trace_info: nested(traceInfoMessage()) })) });

export const StartTraceV2 = message({
  experiment_id: text(),
  timestamp_ms: int64(),
  request_metadata: keyValues(),
  tags: keyValues(),
});

export const EndTraceV2 = message({
  request_id: required(text()),
  timestamp_ms: int64(),
  status: enumeration(traceStatuses),
  request_metadata: keyValues(),
  tags: keyValues(),
});

export const TraceById = message({ trace_id: required(text()) });

export const TraceByRequestId = message({ request_id: required(text()) });

export const TracesByIds = message({ trace_ids: requiredMember(texts()), experiment_ids: nested(texts()) });
