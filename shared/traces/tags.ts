/** Changes of a trace's tags. Its name, a tag to clients, is a column (mlflow/store/tracking/sqlalchemy_store.py). */
import type { KeyValue } from "../mlflow/rules.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { traceErrors } from "./errors.ts";
import { traceNameTag } from "./keys.ts";

export async function setTag(db: Db, id: string, { key, value }: KeyValue): Promise<void> {
  const found = await db.query(
    key === traceNameTag
      ? sql`UPDATE trace_info SET trace_name = ${value} WHERE request_id = ${id} RETURNING 1`
      : sql`
        WITH trace AS (
          SELECT request_id FROM trace_info WHERE request_id = ${id} FOR KEY SHARE
        ), tag AS (
          INSERT INTO trace_tags (request_id, key, value) SELECT request_id, ${key}, ${value} FROM trace
          ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
        )
        SELECT FROM trace`,
  );
  if (found.length === 0) throw traceErrors.notFound(id);
}

/** @throws RESOURCE_DOES_NOT_EXIST where the trace has no such tag, or there is no such trace */
export async function deleteTag(db: Db, id: string, key: string): Promise<void> {
  if (key === traceNameTag) return deleteName(db, id);
  const deleted = await db.query(sql`DELETE FROM trace_tags WHERE request_id = ${id} AND key = ${key} RETURNING 1`);
  if (deleted.length === 0) throw traceErrors.noTag(key, id);
}

async function deleteName(db: Db, id: string): Promise<void> {
  const [row] = await db.query<{ named: boolean }>(sql`
    WITH trace AS (
      SELECT request_id, trace_name FROM trace_info WHERE request_id = ${id} FOR NO KEY UPDATE
    ), unnamed AS (
      UPDATE trace_info t SET trace_name = NULL FROM trace
      WHERE t.request_id = trace.request_id AND trace.trace_name IS NOT NULL
    )
    SELECT trace_name IS NOT NULL AS named FROM trace`);
  if (!row) throw traceErrors.notFound(id);
  if (!row.named) throw traceErrors.noTag(traceNameTag, id);
}
