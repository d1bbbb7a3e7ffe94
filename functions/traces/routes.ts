import { filtered } from "../../shared/access/rules.ts";
import { createsInside } from "../../shared/experiments/may.ts";
import { forPage, notImplemented } from "../../shared/platform/http/not-served.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { startsTrace, trace, traceByRequestId } from "../../shared/traces/may.ts";
import { endTraceV2 } from "./end.ts";
import { getTraceInfo, getTraceInfos, getTraceInfoV2 } from "./info.ts";
import { EndTraceV2, StartTrace, StartTraceV2, TraceById, TraceByRequestId, TracesByIds } from "./schemas.ts";
import { startTrace, startTraceV2 } from "./start.ts";

const reason = "This part of traces and their assessments is not served by this app.";

const served = routes([
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
  { at: "GET 3.0/mlflow/traces/:trace_id", input: TraceById, may: trace("read"), db: "read", run: getTraceInfo },
  { at: "POST 3.0/mlflow/traces/batchGetInfos", input: TracesByIds, may: filtered, db: "read", run: getTraceInfos },
  {
    at: "GET 2.0/mlflow/traces/:request_id/info",
    input: TraceByRequestId,
    may: traceByRequestId("read"),
    db: "read",
    run: getTraceInfoV2,
  },
]);

export default [
  ...served,
  ...notImplemented(
    reason,
    `
      DELETE 2.0/mlflow/traces/:request_id/tags
      PATCH 2.0/mlflow/traces/:request_id/tags
      POST 2.0/mlflow/traces/delete-traces
      POST 2.0/mlflow/traces/link-prompts
      POST 2.0/mlflow/traces/link-to-run
      POST 3.0/mlflow/traces/:trace_id/assessments
      DELETE 3.0/mlflow/traces/:trace_id/assessments/:assessment_id
      GET 3.0/mlflow/traces/:trace_id/assessments/:assessment_id
      PATCH 3.0/mlflow/traces/:trace_id/assessments/:assessment_id
      DELETE 3.0/mlflow/traces/:trace_id/tags
      PATCH 3.0/mlflow/traces/:trace_id/tags
      GET 3.0/mlflow/traces/batchGet
      POST 3.0/mlflow/traces/calculate-filter-correlation
      POST 3.0/mlflow/traces/delete-traces
      GET 3.0/mlflow/traces/get
    `,
  ),
  ...notImplemented(
    reason,
    `
      GET 2.0/mlflow/get-trace-artifact
      GET 3.0/mlflow/get-trace-artifact
    `,
    { only: "ajax-api" },
  ),
  ...notImplemented(
    reason,
    `
      GET 2.0/mlflow/traces
      POST 3.0/mlflow/traces/search
      POST 3.0/mlflow/traces/metrics
    `,
    { only: "api" },
  ),
  ...forPage({
    "GET 2.0/mlflow/traces": {},
    "POST 3.0/mlflow/traces/search": {},
    "POST 3.0/mlflow/traces/metrics": {},
  }),
];
