/** What traces are linked to (mlflow/store/tracking/sqlalchemy_store.py, link_traces_to_run, link_prompts_to_trace). */
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { traceErrors } from "./errors.ts";

/** The rows of a new link from each trace to each destination; a link that is there stays. */
const linked = (type: "run" | "prompt_version", pairs: Sql): Sql => sql`
      INSERT INTO entity_associations (association_id, source_type, source_id, destination_type, destination_id, created_time)
      SELECT replace(gen_random_uuid()::text, '-', ''), 'trace', source, ${type}, destination,
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint
      FROM (${pairs}) pairs (source, destination)
      ON CONFLICT DO NOTHING`;

/** Neither has to be there: clients link traces that are still on their way. */
export async function linkToRun(db: Db, traceIds: readonly string[], runId: string): Promise<void> {
  await db.query(linked("run", sql`SELECT DISTINCT id, ${runId} FROM unnest(${[...traceIds]}::text[]) id`));
}

/** @param versions as `<name of the prompt>/<version>` */
export async function linkPrompts(db: Db, traceId: string, versions: readonly string[]): Promise<void> {
  const found = await db.query(sql`
    WITH trace AS (
      SELECT request_id FROM trace_info WHERE request_id = ${traceId}
    ), link AS (${linked(
      "prompt_version",
      sql`SELECT DISTINCT request_id, version FROM trace, unnest(${[...versions]}::text[]) version`,
    )}
    )
    SELECT FROM trace`);
  if (found.length === 0) throw traceErrors.notFound(traceId);
}
