/** Traces with their spans (mlflow/store/tracking/sqlalchemy_store.py, get_trace and batch_get_traces). */
import { composed } from "../../platform/db/composed.ts";
import type { Db } from "../../platform/db/database.ts";
import { type Sql, sql } from "../../platform/db/sql.ts";
import { traceErrors } from "../errors.ts";
import { archiveLocationTag, artifactLocationTag, sizeStatsKey, spansLocationTag } from "../keys.ts";
import { mostSpanBytes } from "../rules.ts";
import { composedByIds, fromTraces, inOrder, sortedBy, visibleParts } from "../store.ts";
import { traceInfoText } from "../text.ts";

/** Where the spans of a trace lie, if not in a file of its client. */
export const inDatabase = "TRACKING_STORE";
export const inArchive = "ARCHIVE_REPO";

export interface StoredTrace {
  id: string;
  /** JSON text of what is known of it. */
  info: string;
  /** Where its spans lie; null for its artifact folder. */
  location: string | null;
  artifacts: string | null;
  /** Where the spans of an archived trace lie. */
  archive: string | null;
  /** How many spans its client has sent, where it says so. */
  expected: number;
  /** Contents of its spans in the database, the roots first, then by their start. */
  spans: string[];
}

interface Row {
  id: string;
  /** Of the row of a trace: its info. Of the row of a span: its content. */
  text: string;
  is_trace: boolean;
  location: string | null;
  artifacts: string | null;
  archive: string | null;
  stats: string | null;
  /** Of all spans that were asked for. */
  bytes: string | null;
}

/**
 * The trace, or undefined where there is none.
 * @throws INVALID_PARAMETER_VALUE for more spans than an answer holds
 */
export async function readTrace(db: Db, id: string): Promise<StoredTrace | undefined> {
  return tracesOf(await db.query<Row>(byId(db, id)))[0];
}

/**
 * Traces in the order of the ids; unknown ones are left out, and those that may not be read.
 * @param experimentIds where traces have to lie, undefined for anywhere
 * @throws INVALID_PARAMETER_VALUE for more spans than an answer holds
 */
export async function readTraces(
  db: Db,
  ids: readonly string[],
  experimentIds: readonly string[] | undefined,
): Promise<StoredTrace[]> {
  const wanted = inOrder(ids);
  return sortedBy(wanted, tracesOf(await db.query<Row>(byIds(db, wanted, experimentIds))));
}

/**
 * Where the artifacts of a trace lie.
 * @throws RESOURCE_DOES_NOT_EXIST
 */
export async function artifactsOf(db: Db, id: string): Promise<string> {
  const [row] = await db.query<{ uri: string | null }>(sql`
    SELECT (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = ${artifactLocationTag}) AS uri
    ${fromTraces(db)} AND t.request_id = ${id}`);
  if (!row) throw traceErrors.notFound(id);
  return row.uri ?? "";
}

/**
 * One statement, so that the spans are those of the moment at which the trace is read. Their sizes are known before
 * they are read, and of too many none is.
 */
function readingOf(db: Db, which: Sql): Sql {
  const tag = (key: string) => sql`(SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = ${key})`;
  return sql`
    WITH trace AS (
      SELECT t.* ${fromTraces(db)}${which}
    ), size AS MATERIALIZED (
      SELECT coalesce(sum(octet_length(s.content)), 0) AS bytes FROM trace t JOIN spans s ON s.trace_id = t.request_id
    )
    SELECT t.request_id AS id, ${traceInfoText(visibleParts(db))} AS text, true AS is_trace, ${tag(spansLocationTag)} AS location,
      ${tag(artifactLocationTag)} AS artifacts, ${tag(archiveLocationTag)} AS archive,
      (SELECT value FROM trace_request_metadata WHERE request_id = t.request_id AND key = ${sizeStatsKey}) AS stats,
      (SELECT bytes FROM size) AS bytes, NULL::boolean AS child, NULL::bigint AS start
    FROM trace t
    UNION ALL
    SELECT s.trace_id, s.content, false, NULL, NULL, NULL, NULL, NULL, s.parent_span_id IS NOT NULL, s.start_time_unix_nano
    FROM trace t JOIN spans s ON s.trace_id = t.request_id WHERE s.content <> ''
      AND (SELECT bytes FROM size) <= ${mostSpanBytes}
    ORDER BY is_trace DESC, child, start`;
}

const byId = composed((db, id) => readingOf(db, sql` AND t.request_id = ${id}`));
const byIds = composedByIds(readingOf);

function tracesOf(rows: readonly Row[]): StoredTrace[] {
  const bytes = Number(rows[0]?.bytes ?? 0);
  if (bytes > mostSpanBytes) throw traceErrors.tooMuchAsked(mostSpanBytes, bytes);
  const traces = new Map<string, StoredTrace>();
  for (const { id, text, is_trace, stats, bytes: _, ...lies } of rows) {
    if (is_trace) traces.set(id, { id, info: text, expected: spanCount(stats), spans: [], ...lies });
    else traces.get(id)!.spans.push(text);
  }
  return [...traces.values()];
}

function spanCount(stats: string | null): number {
  try {
    const { num_spans: count } = JSON.parse(stats ?? "{}") as { num_spans?: unknown };
    return typeof count === "number" ? count : 0;
  } catch {
    return 0;
  }
}
