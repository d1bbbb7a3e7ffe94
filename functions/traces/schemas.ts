import { assessmentMessage } from "../../shared/assessments/fields.ts";
import { keyValues, pageSize, pageToken } from "../../shared/mlflow/fields.ts";
import {
  double,
  enumeration,
  flag,
  int32,
  int64,
  list,
  message,
  nested,
  required,
  requiredMember,
  text,
  texts,
} from "../../shared/platform/http/fields.ts";
import { fieldMask } from "../../shared/platform/http/well-known.ts";
import { traceInfoMessage, traceLocation } from "../../shared/traces/fields.ts";
import { aggregationTypes, viewTypes } from "../../shared/traces/metrics/views.ts";
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

export const SetTag = message({ trace_id: required(text()), key: required(text()), value: text() });

export const SetTagV2 = message({ request_id: required(text()), key: required(text()), value: text() });

export const DeleteTag = message({ trace_id: required(text()), key: required(text()) });

export const DeleteTagV2 = message({ request_id: required(text()), key: required(text()) });

export const LinkToRun = message({ trace_ids: requiredMember(texts()), run_id: required(text()) });

export const LinkPrompts = message({
  trace_id: required(text()),
  prompt_versions: requiredMember(list(message({ name: text(), version: text() }))),
});

export const DeleteTraces = message({
  experiment_id: required(text()),
  max_timestamp_millis: int64(),
  max_traces: int32(),
  request_ids: texts(),
});

const ofTrace = { trace_id: required(text()) };
const oneOfTrace = { ...ofTrace, assessment_id: required(text()) };

export const CreateAssessment = message({ ...ofTrace, assessment: requiredMember(assessmentMessage()) });

export const UpdateAssessment = message({
  ...oneOfTrace,
  assessment: requiredMember(assessmentMessage()),
  update_mask: required(fieldMask()),
});

export const OneAssessment = message(oneOfTrace);

export const GetTrace = message({ trace_id: required(text()), allow_partial: flag() });

export const TraceArtifact = message({ request_id: text(), path: text() });

export const TracesByIds = message({ trace_ids: requiredMember(texts()), experiment_ids: nested(texts()) });

const searched = { filter: text(), max_results: pageSize(500), order_by: texts(), page_token: pageToken() };

export const SearchTraces = message({ locations: requiredMember(list(traceLocation())), ...searched });

export const SearchTracesV2 = message({ experiment_ids: requiredMember(texts()), ...searched });

export const QueryMetrics = message({
  experiment_ids: requiredMember(texts()),
  view_type: required(enumeration(viewTypes)),
  metric_name: required(text()),
  aggregations: requiredMember(
    list(message({ aggregation_type: enumeration(aggregationTypes), percentile_value: double() })),
  ),
  dimensions: texts(),
  filters: texts(),
  time_interval_seconds: int64(),
  start_time_ms: int64(),
  end_time_ms: int64(),
  max_results: int32(),
  page_token: pageToken(),
});

export const CorrelateFilters = message({
  experiment_ids: requiredMember(texts()),
  filter_string1: required(text()),
  filter_string2: required(text()),
  base_filter: text(),
});
