import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/traces/end.ts";
import { splitMetadata } from "../../shared/traces/promoted.ts";
import { checkEntries, splitName, withoutReserved } from "../../shared/traces/rules.ts";
import type { EndTraceV2 } from "./schemas.ts";

export async function endTraceV2(input: z.output<typeof EndTraceV2>, { db }: Context) {
  const { name, others } = splitName(withoutReserved(input.tags));
  const { columns, rows } = splitMetadata(input.request_metadata);
  checkEntries("tags", others);
  checkEntries("request_metadata", rows);
  return store.endTraceV2(db, input.request_id, {
    time: input.timestamp_ms ?? 0,
    status: input.status ?? "TRACE_STATUS_UNSPECIFIED",
    name,
    columns,
    tags: others,
    metadata: rows,
  });
}
