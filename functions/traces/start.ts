import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { assessmentRow } from "../../shared/assessments/rules.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { traceErrors } from "../../shared/traces/errors.ts";
import { finalizedKey } from "../../shared/traces/keys.ts";
import { splitMetadata } from "../../shared/traces/promoted.ts";
import {
  checkEntries,
  checkFits,
  checkNewTraceId,
  splitName,
  withoutNul,
  withoutReserved,
} from "../../shared/traces/rules.ts";
import * as store from "../../shared/traces/start.ts";
import type { StartTrace, StartTraceV2 } from "./schemas.ts";

type Info = NonNullable<z.output<typeof StartTrace>["trace"]["trace_info"]>;

export async function startTrace({ trace: { trace_info: info } }: z.output<typeof StartTrace>, { db }: Context) {
  const id = info?.trace_id ?? "";
  checkNewTraceId(id);
  const { name, others } = splitName(withoutReserved(info?.tags ?? []));
  const { columns, rows } = splitMetadata(info?.trace_metadata ?? []);
  checkEntries("tags", others);
  checkEntries("trace_metadata", rows);
  return store.startTrace(db, {
    id,
    experimentId: experimentOf(info?.trace_location),
    time: info?.request_time ?? 0,
    duration: info?.execution_duration,
    state: info?.state ?? "STATE_UNSPECIFIED",
    ...texts(info),
    name,
    columns,
    tags: others,
    metadata: [...rows, { key: finalizedKey, value: "true" }],
    assessments: info?.assessments.map(assessmentRow) ?? [],
  });
}

function experimentOf(location: Info["trace_location"]): string {
  const { type = "TRACE_LOCATION_TYPE_UNSPECIFIED", mlflow_experiment: experiment } = location ?? {};
  if (!experiment) throw traceErrors.noLocation();
  const { experiment_id: id = "" } = experiment;
  if (type !== "MLFLOW_EXPERIMENT") throw traceErrors.otherLocation(type, id);
  return id;
}

function texts(info: Info | undefined) {
  const clientRequestId = info?.client_request_id;
  const requestPreview = withoutNul(info?.request_preview);
  const responsePreview = withoutNul(info?.response_preview);
  checkFits("client_request_id", 50, clientRequestId);
  checkFits("request_preview", 1000, requestPreview);
  checkFits("response_preview", 1000, responsePreview);
  return { clientRequestId, requestPreview, responsePreview };
}

export async function startTraceV2(input: z.output<typeof StartTraceV2>, { db }: Context) {
  const { name, others } = splitName(withoutReserved(input.tags));
  const { columns, rows } = splitMetadata(input.request_metadata);
  checkEntries("tags", others);
  checkEntries("request_metadata", rows);
  return store.startTraceV2(db, {
    id: randomUUID().replaceAll("-", ""),
    experimentId: input.experiment_id ?? "",
    time: input.timestamp_ms ?? 0,
    duration: undefined,
    state: "IN_PROGRESS",
    clientRequestId: undefined,
    requestPreview: undefined,
    responsePreview: undefined,
    name,
    columns,
    tags: others,
    metadata: rows,
    assessments: [],
  });
}
