/** Deletion of traces (mlflow/store/tracking/sqlalchemy_store.py, _delete_traces). */
import { parseExperimentId } from "../experiments/rules.ts";
import type { Db } from "../platform/db/database.ts";
import { empty, sql } from "../platform/db/sql.ts";
import { archiveLocationTag, artifactLocationTag } from "./keys.ts";

/** Which traces of an experiment: those with these ids, or the oldest ones up to a time. */
export type Which =
  | { ids: readonly string[] }
  | {
      /** In milliseconds. */
      until: number | bigint;
      most: number | undefined;
    };

export interface DeletedTrace {
  id: string;
  /** Where its artifacts lay, and its spans if it was archived. */
  artifacts: string | null;
  archive: string | null;
}

/** Deletes traces with all they have in the database. Their links to runs and prompts stay, as in MLflow. */
export async function deleteTraces(db: Db, experiment: string, which: Which): Promise<DeletedTrace[]> {
  const chosen =
    "ids" in which
      ? sql`request_id = ANY(${[...which.ids]}::text[])`
      : sql`timestamp_ms <= ${String(which.until)}::bigint`;
  const limit = "ids" in which || which.most === undefined ? empty : sql` LIMIT ${which.most}::int`;
  const located = (key: string) => sql`(SELECT value FROM trace_tags WHERE request_id = c.request_id AND key = ${key})`;
  return db.query<DeletedTrace>(sql`
    WITH chosen AS (
      SELECT request_id FROM trace_info WHERE experiment_id = ${parseExperimentId(experiment)}::bigint AND ${chosen}
      ORDER BY timestamp_ms, request_id${limit} FOR UPDATE
    ), deleted AS (
      DELETE FROM trace_info t USING chosen WHERE t.request_id = chosen.request_id RETURNING t.request_id
    ), unqueued AS (
      DELETE FROM review_queue_items WHERE item_type = 'trace' AND item_id IN (SELECT request_id FROM deleted)
    )
    SELECT c.request_id AS id, ${located(artifactLocationTag)} AS artifacts, ${located(archiveLocationTag)} AS archive
    FROM chosen c`);
}
