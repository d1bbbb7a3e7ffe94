import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as spans from "../../shared/traces/reading/spans.ts";
import { checkAskedSpans } from "../../shared/traces/rules.ts";
import type { GetTrace, TracesByIds } from "./schemas.ts";

export async function getTrace(input: z.output<typeof GetTrace>, context: Context) {
  return spans.getTrace(context, input.trace_id, input.allow_partial ?? false);
}

export async function getTraces({ trace_ids, experiment_ids }: z.output<typeof TracesByIds>, context: Context) {
  checkAskedSpans(trace_ids);
  return spans.getTraces(context, trace_ids, experiment_ids);
}
