/** The end of a trace in version 2 of the API (mlflow/store/tracking/sqlalchemy_store.py, deprecated_end_trace_v2). */
import { objectText } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import type { Db } from "../platform/db/database.ts";
import { join, raw, sql } from "../platform/db/sql.ts";
import { traceErrors } from "./errors.ts";
import type { Promoted } from "./promoted.ts";
import type { TraceStatus } from "./rules.ts";
import { traceInfoV2Text } from "./text.ts";
import { typed, writeEntries, writtenParts } from "./write.ts";

export interface TraceEnd {
  /** In milliseconds. */
  time: number | bigint;
  status: TraceStatus;
  name: string | undefined;
  columns: Promoted;
  tags: KeyValue[];
  metadata: KeyValue[];
}

/**
 * Ends a trace. Its duration is what lies between its start and the given time; tags and metadata are added. Answers
 * `{"trace_info": ...}`.
 */
export async function endTraceV2(db: Db, id: string, { time, status, name, columns, tags, metadata }: TraceEnd) {
  const changed = { status, ...(name !== undefined && { trace_name: name }), ...columns };
  const set = join(Object.entries(changed).map(([column, value]) => sql`${raw(column)} = ${typed(column, value)}`));
  const found = await db.text(sql`
    WITH trace AS (
      UPDATE trace_info SET execution_time_ms = ${String(time)}::bigint - timestamp_ms, ${set}
      WHERE request_id = ${id}
      RETURNING *
    ), ${writeEntries({ tags, metadata })}
    SELECT ${objectText({ trace_info: traceInfoV2Text(writtenParts(db)) })} FROM trace t`);
  if (found === undefined) throw traceErrors.notFound(id);
  return found;
}
