/** Spans and what they say of their traces, written at once (mlflow/store/tracking/sqlalchemy_store.py, log_spans). */
import { experimentErrors } from "../../experiments/errors.ts";
import { parseExperimentId } from "../../experiments/rules.ts";
import { appendToUri, nowMillis } from "../../mlflow/json-sql.ts";
import { parseInteger } from "../../mlflow/python-text.ts";
import { inScope } from "../../mlflow/scope.ts";
import type { Db } from "../../platform/db/database.ts";
import { sqlState } from "../../platform/db/errors.ts";
import { empty, type Sql, sql } from "../../platform/db/sql.ts";
import { spanErrors } from "./errors.ts";
import { mergedTrace, plainTrace, traceColumns, treeTotals } from "./merge.ts";
import type { SpanWrites, TraceWrite } from "./trace.ts";

const maxAttempts = 20;
// A trace's row has changed since the statement began: columns that are never null would be.
const changedMeanwhile = "23502";

/** How many traces stock links to a run in one request. */
const maxLinks = 100;

/**
 * Writes the spans of a request, and creates the traces that are not there yet. A span that is there is overwritten.
 * All of it is one statement: rows of traces are locked in the order of their ids, and before those of their spans.
 * @param location the experiment, as the client names it
 * @param runId of the run that traces with a root among the spans are linked to; it need not exist
 * @throws INVALID_PARAMETER_VALUE for an id that is no number, and for a trace of another experiment
 * @throws RESOURCE_DOES_NOT_EXIST for an experiment that is not there
 * @throws INVALID_STATE for a trace whose spans lie elsewhere
 */
export async function logSpans(db: Db, location: string, writes: SpanWrites, runId: string | undefined): Promise<void> {
  const { elsewhere, blocked, written } = await repeatedly(() => write(db, location, writes, runId));
  if (written === writes.traces.length) return;
  if (elsewhere !== null) throw spanErrors.otherExperiment(elsewhere);
  if (blocked !== null) throw spanErrors.notInDatabase(blocked);
  throw experimentErrors.notFound(parseExperimentId(location));
}

interface Written {
  /** A trace of another experiment. */
  elsewhere: string | null;
  /** Where the spans lie of traces that have them elsewhere. */
  blocked: Record<string, string> | null;
  /** How many traces. */
  written: number;
}

/**
 * A statement sees of other tables what was there when it began, and of a trace's row what is there once it is locked.
 * Where the two may differ, it undoes itself and is made again.
 */
async function repeatedly<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === maxAttempts || sqlState(error) !== changedMeanwhile) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * Math.min(attempt, 8)));
    }
  }
}

async function write(db: Db, location: string, writes: SpanWrites, runId: string | undefined): Promise<Written> {
  const number = parseInteger(location);
  const id = number !== undefined && BigInt.asIntN(64, number) === number ? number.toString() : null;
  const [row] = await db.query<Written>(sql`
    WITH RECURSIVE given AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${tracesJson(writes.traces)}::json) AS g(id text, start int8, "end" int8,
        status text, name text, request_preview text, response_preview text, session text, "user" text, counts bool,
        prices bool, input_tokens int8, output_tokens int8, total_tokens int8, cache_read_input_tokens int8,
        cache_creation_input_tokens int8, cache_creation_input_tokens_above_1hr int8, input_cost float8,
        output_cost float8, total_cost float8)
    ), experiment AS (
      SELECT experiment_id, artifact_location FROM experiments WHERE experiment_id = ${id}::bigint AND ${inScope(db)}
    ), old AS MATERIALIZED (
      SELECT t.*, t.xmin::text AS version, l.value AS location
      FROM given g JOIN trace_info t ON t.request_id = g.id
      LEFT JOIN trace_tags l ON l.request_id = t.request_id AND l.key = 'mlflow.trace.spansLocation'
    ), refused AS (
      SELECT min(request_id) FILTER (WHERE experiment_id::text <> ${location}) AS elsewhere,
        json_object_agg(request_id, location ORDER BY request_id) FILTER (WHERE location <> 'TRACKING_STORE') AS blocked
      FROM old
    )${treeTotals(writes)}, written AS (
      INSERT INTO trace_info AS t (request_id, experiment_id, timestamp_ms, execution_time_ms, status, trace_name,
        request_preview, response_preview, session_id, ${traceColumns}, db_payload_generation)
      SELECT g.id, e.experiment_id, g.start, g."end" - g.start, g.status, g.name, g.request_preview, g.response_preview,
        g.session, ${traceColumns}, 1
      FROM given g, experiment e, refused r WHERE r.elsewhere IS NULL AND r.blocked IS NULL ORDER BY g.id
      ON CONFLICT (request_id) DO UPDATE SET ${needsOthers(writes) ? mergedTrace : plainTrace}
      RETURNING request_id, experiment_id, timestamp_ms, xmax = 0 AS created
    ), span AS (${insertSpans(writes)}), tag AS (${insertTags(writes)}), moved AS (
      UPDATE assessments a SET trace_timestamp_ms = w.timestamp_ms
      FROM written w WHERE NOT w.created AND a.trace_id = w.request_id AND a.trace_timestamp_ms > w.timestamp_ms
    )${insertUsers(writes.traces)}${insertLinks(writes.completed, runId)}
    SELECT elsewhere, blocked, (SELECT count(*) FROM written)::int AS written FROM refused`);
  return row!;
}

/** Whether anything but a trace's own row decides what becomes of it. */
const needsOthers = ({ traces }: SpanWrites) =>
  traces.some(({ tokens, costs, session }) => tokens !== null || costs !== null || session !== null);

const tracesJson = (traces: readonly TraceWrite[]): string =>
  JSON.stringify(
    traces.map(({ tokens, costs, ...trace }) => ({
      ...trace,
      ...tokens,
      ...costs,
      counts: tokens !== null,
      prices: costs !== null,
    })),
  );

const insertSpans = ({ spans }: SpanWrites): Sql => sql`
      INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status, start_time_unix_nano,
        end_time_unix_nano, content, input_cost, output_cost, total_cost, model_name, model_provider)
      SELECT w.request_id, w.experiment_id, s.span_id, s.parent_span_id, s.name, s.type, s.status, s.start_time_unix_nano,
        s.end_time_unix_nano, s.content, s.input_cost, s.output_cost, s.total_cost, s.model_name, s.model_provider
      FROM json_to_recordset(${JSON.stringify(spans)}::json) AS s(trace_id text, span_id text, parent_span_id text,
        name text, type text, status text, start_time_unix_nano int8, end_time_unix_nano int8, content text,
        input_cost float8, output_cost float8, total_cost float8, model_name text, model_provider text)
      JOIN written w ON w.request_id = s.trace_id
      ON CONFLICT (trace_id, span_id) DO UPDATE SET parent_span_id = excluded.parent_span_id, name = excluded.name,
        type = excluded.type, status = excluded.status, start_time_unix_nano = excluded.start_time_unix_nano,
        end_time_unix_nano = excluded.end_time_unix_nano, content = excluded.content, input_cost = excluded.input_cost,
        output_cost = excluded.output_cost, total_cost = excluded.total_cost, model_name = excluded.model_name,
        model_provider = excluded.model_provider, experiment_id = excluded.experiment_id
    `;

/** An archiver may have moved the spans since the statement began. */
const insertTags = ({ tags }: SpanWrites): Sql => sql`
      INSERT INTO trace_tags AS t (request_id, key, value)
      SELECT request_id, 'mlflow.trace.spansLocation', 'TRACKING_STORE' FROM written
      UNION ALL
      SELECT request_id, 'mlflow.artifactLocation',
        ${appendToUri(sql`e.artifact_location`, sql`'traces/' || request_id || '/artifacts'`)}
      FROM written, experiment e WHERE created
      UNION ALL
      SELECT g.trace, g.key, g.value
      FROM json_to_recordset(${JSON.stringify(tags)}::json) AS g(trace text, key text, value text)
      JOIN written ON request_id = g.trace
      ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value,
        key = CASE WHEN t.key = 'mlflow.trace.spansLocation' AND t.value <> 'TRACKING_STORE' THEN NULL ELSE t.key END
    `;

/** The first user holds. */
const insertUsers = (traces: readonly TraceWrite[]): Sql =>
  traces.every(({ user }) => user === null)
    ? empty
    : sql`, known AS (
      INSERT INTO trace_request_metadata (request_id, key, value)
      SELECT request_id, 'mlflow.trace.user', "user" FROM written JOIN given ON id = request_id WHERE "user" IS NOT NULL
      ON CONFLICT DO NOTHING
    )`;

/** A link that can't be made is left out, as in stock. */
const insertLinks = (completed: readonly string[], runId: string | undefined): Sql =>
  !runId || runId.length > 36 || runId.includes("\0") || completed.length === 0 || completed.length > maxLinks
    ? empty
    : sql`, linked AS (
      INSERT INTO entity_associations (association_id, source_type, source_id, destination_type, destination_id, created_time)
      SELECT replace(gen_random_uuid()::text, '-', ''), 'trace', request_id, 'run', ${runId}, ${nowMillis}
      FROM written WHERE request_id = ANY(${[...completed]}::text[])
      ON CONFLICT DO NOTHING
    )`;
