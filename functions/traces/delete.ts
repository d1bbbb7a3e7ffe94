import type { z } from "zod";
import type { Answer, Audited, Context } from "../../shared/platform/http/route.ts";
import { deleteTraceArtifacts } from "../../shared/traces/artifacts.ts";
import * as store from "../../shared/traces/delete.ts";
import { traceErrors } from "../../shared/traces/errors.ts";
import type { DeleteTraces } from "./schemas.ts";

type Input = z.output<typeof DeleteTraces>;

interface Deleted {
  traces_deleted: number;
}

export async function deleteTraces(input: Input, context: Context): Promise<Deleted> {
  const deleted = await store.deleteTraces(context.db, input.experiment_id, chosen(input));
  if (context.config.MLFLOW_FUNCTIONS_DELETE_TRACE_ARTIFACTS) await deleteTraceArtifacts(context, deleted);
  return { traces_deleted: deleted.length };
}

export function tracesDeleted({ experiment_id }: Input, answer: Answer): Audited | undefined {
  const { traces_deleted: traces } = answer as Deleted;
  return traces > 0 ? { what: "trace.deleted", of: experiment_id, detail: { traces } } : undefined;
}

function chosen({ max_timestamp_millis: until, max_traces: most, request_ids: ids }: Input): store.Which {
  if (until === undefined && ids.length === 0) throw traceErrors.nothingChosen();
  if (until !== undefined && ids.length > 0) throw traceErrors.chosenTwice();
  if (ids.length > 0 && most !== undefined) throw traceErrors.limitOfIds();
  if (most !== undefined && most <= 0) throw traceErrors.invalidLimit(most);
  return until === undefined ? { ids } : { until, most };
}
