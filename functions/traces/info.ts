import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkAskedInfos } from "../../shared/traces/rules.ts";
import * as store from "../../shared/traces/store.ts";
import type { TraceById, TraceByRequestId, TracesByIds } from "./schemas.ts";

export async function getTraceInfo(input: z.output<typeof TraceById>, { db }: Context) {
  return store.getTraceInfo(db, input.trace_id);
}

export async function getTraceInfoV2(input: z.output<typeof TraceByRequestId>, { db }: Context) {
  return store.getTraceInfoV2(db, input.request_id);
}

export async function getTraceInfos({ trace_ids, experiment_ids }: z.output<typeof TracesByIds>, { db }: Context) {
  checkAskedInfos(trace_ids);
  return store.getTraceInfos(db, trace_ids, experiment_ids);
}
