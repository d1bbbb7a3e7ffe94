import { filtered } from "../../shared/access/rules.ts";
import {
  createsAssessment,
  deletesAssessment,
  readsAssessment,
  updatesAssessment,
} from "../../shared/assessments/may.ts";
import { createsInside } from "../../shared/experiments/may.ts";
import { routes } from "../../shared/platform/http/route.ts";
import {
  deletesTraces,
  linksToRun,
  startsTrace,
  trace,
  traceByRequestId,
  traceInQuery,
} from "../../shared/traces/may.ts";
import { getTraceArtifact } from "./artifact.ts";
import { createAssessment, deleteAssessment, getAssessment, updateAssessment } from "./assessments.ts";
import { correlateFilters } from "./correlation.ts";
import { deleteTraces, tracesDeleted } from "./delete.ts";
import { endTraceV2 } from "./end.ts";
import { getTrace, getTraces } from "./get.ts";
import { getTraceInfo, getTraceInfos, getTraceInfoV2 } from "./info.ts";
import { linkPrompts, linkToRun } from "./links.ts";
import { queryTraceMetrics } from "./metrics.ts";
import {
  CorrelateFilters,
  CreateAssessment,
  DeleteTag,
  DeleteTagV2,
  DeleteTraces,
  EndTraceV2,
  GetTrace,
  LinkPrompts,
  LinkToRun,
  OneAssessment,
  QueryMetrics,
  SearchTraces,
  SearchTracesV2,
  SetTag,
  SetTagV2,
  StartTrace,
  StartTraceV2,
  TraceArtifact,
  TraceById,
  TraceByRequestId,
  TracesByIds,
  UpdateAssessment,
} from "./schemas.ts";
import { searchTraces, searchTracesV2 } from "./search.ts";
import { startTrace, startTraceV2 } from "./start.ts";
import { deleteTag, deleteTagV2, setTag, setTagV2 } from "./tags.ts";

const assessments = "3.0/mlflow/traces/:trace_id/assessments";
const assessment = `${assessments}/:assessment_id` as const;

export default routes([
  { at: "POST 3.0/mlflow/traces", input: StartTrace, may: startsTrace, db: "statement", run: startTrace },
  {
    at: "POST 2.0/mlflow/traces",
    input: StartTraceV2,
    may: createsInside("trace"),
    db: "statement",
    run: startTraceV2,
  },
  {
    at: "PATCH 2.0/mlflow/traces/:request_id",
    input: EndTraceV2,
    may: traceByRequestId("update"),
    db: "statement",
    run: endTraceV2,
  },
  { at: "POST 3.0/mlflow/traces/search", input: SearchTraces, may: filtered, db: "read", run: searchTraces },
  { at: "GET 2.0/mlflow/traces", input: SearchTracesV2, may: filtered, db: "read", run: searchTracesV2 },
  { at: "GET 3.0/mlflow/traces/:trace_id", input: TraceById, may: trace("read"), db: "read", run: getTraceInfo },
  { at: "POST 3.0/mlflow/traces/batchGetInfos", input: TracesByIds, may: filtered, db: "read", run: getTraceInfos },
  { at: "GET 3.0/mlflow/traces/get", input: GetTrace, may: trace("read"), db: "read", run: getTrace },
  { at: "GET 3.0/mlflow/traces/batchGet", input: TracesByIds, may: filtered, db: "read", run: getTraces },
  {
    at: "GET 2.0/mlflow/get-trace-artifact",
    input: TraceArtifact,
    may: traceInQuery,
    db: "read",
    run: getTraceArtifact,
    only: "ajax-api",
  },
  {
    at: "GET 3.0/mlflow/get-trace-artifact",
    input: TraceArtifact,
    may: traceInQuery,
    db: "read",
    run: getTraceArtifact,
    only: "ajax-api",
  },
  {
    at: "GET 2.0/mlflow/traces/:request_id/info",
    input: TraceByRequestId,
    may: traceByRequestId("read"),
    db: "read",
    run: getTraceInfoV2,
  },
  { at: "PATCH 3.0/mlflow/traces/:trace_id/tags", input: SetTag, may: trace("update"), db: "statement", run: setTag },
  {
    at: "PATCH 2.0/mlflow/traces/:request_id/tags",
    input: SetTagV2,
    may: traceByRequestId("update"),
    db: "statement",
    run: setTagV2,
  },
  {
    at: "DELETE 3.0/mlflow/traces/:trace_id/tags",
    input: DeleteTag,
    may: trace("update"),
    db: "statement",
    run: deleteTag,
  },
  {
    at: "DELETE 2.0/mlflow/traces/:request_id/tags",
    input: DeleteTagV2,
    may: traceByRequestId("update"),
    db: "statement",
    run: deleteTagV2,
  },
  { at: "POST 2.0/mlflow/traces/link-to-run", input: LinkToRun, may: linksToRun, db: "statement", run: linkToRun },
  {
    at: "POST 2.0/mlflow/traces/link-prompts",
    input: LinkPrompts,
    may: trace("update"),
    db: "statement",
    run: linkPrompts,
  },
  {
    at: "POST 3.0/mlflow/traces/delete-traces",
    input: DeleteTraces,
    may: deletesTraces,
    db: "statement",
    run: deleteTraces,
    audit: tracesDeleted,
  },
  {
    at: "POST 2.0/mlflow/traces/delete-traces",
    input: DeleteTraces,
    may: deletesTraces,
    db: "statement",
    run: deleteTraces,
    audit: tracesDeleted,
  },
  {
    at: `POST ${assessments}`,
    input: CreateAssessment,
    may: createsAssessment,
    db: "statement",
    run: createAssessment,
  },
  { at: `GET ${assessment}`, input: OneAssessment, may: readsAssessment, db: "read", run: getAssessment },
  {
    at: `PATCH ${assessment}`,
    input: UpdateAssessment,
    may: updatesAssessment,
    db: "statement",
    run: updateAssessment,
  },
  {
    at: `DELETE ${assessment}`,
    input: OneAssessment,
    may: deletesAssessment,
    db: "statement",
    run: deleteAssessment,
    audit: ({ trace_id: trace, assessment_id }) => ({
      what: "assessment.deleted",
      of: assessment_id,
      detail: { trace },
    }),
  },
  { at: "POST 3.0/mlflow/traces/metrics", input: QueryMetrics, may: filtered, db: "read", run: queryTraceMetrics },
  {
    at: "POST 3.0/mlflow/traces/calculate-filter-correlation",
    input: CorrelateFilters,
    may: filtered,
    db: "read",
    run: correlateFilters,
  },
]);
