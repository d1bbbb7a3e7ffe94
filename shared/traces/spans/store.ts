/** Spans and what they say of their traces, written at once (mlflow/store/tracking/sqlalchemy_store.py, log_spans). */
import { experimentErrors } from "../../experiments/errors.ts";
import { parseExperimentId } from "../../experiments/rules.ts";
import { parseInteger } from "../../mlflow/python-text.ts";
import { inScope } from "../../mlflow/scope.ts";
import type { Db } from "../../platform/db/database.ts";
import { sqlState } from "../../platform/db/errors.ts";
import { empty, type Sql, sql } from "../../platform/db/sql.ts";
import { spanErrors } from "./errors.ts";
import { insertLinks, insertSpans, insertTags, insertUsers } from "./insert.ts";
import { mergedTrace, plainTrace, traceColumns, treeTotals } from "./merge.ts";
import type { SpanWrites, TraceWrite } from "./trace.ts";

const maxAttempts = 20;
// A trace's row has changed since the statement began: columns that are never null would be.
const changedMeanwhile = "23502";

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
  const written = await repeatedly(async () => {
    const short = await write(db, location, writes, runId, shortWay(writes));
    return short.others ? write(db, location, writes, runId, longWay(writes)) : short;
  });
  if (written.count === writes.traces.length) return;
  if (written.elsewhere !== null) throw spanErrors.otherExperiment(written.elsewhere);
  if (written.blocked !== null) throw spanErrors.notInDatabase(written.blocked);
  throw experimentErrors.notFound(parseExperimentId(location));
}

interface Written {
  /** A trace of another experiment. */
  elsewhere: string | null;
  /** Where the spans lie of traces that have them elsewhere. */
  blocked: Record<string, string> | null;
  /** Whether this way can't write what becomes of a trace that is there; nothing is written then. */
  others: boolean;
  /** How many traces are written. */
  count: number;
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

/** How a statement writes the rows of traces. */
interface Way {
  /** Of a trace `t` that is there, whether this way can't write it. */
  others: Sql;
  /** CTEs before the rows are written. */
  before: Sql;
  /** What becomes of a trace that is there. */
  update: Sql;
  /** CTEs afterwards. */
  after: Sql;
}

/**
 * Traces that are new, and those of which their own row alone decides what becomes of them. Tokens, costs and sessions
 * need more of a trace that is there, and so do assessments, which have its time.
 */
const shortWay = (writes: SpanWrites): Way =>
  needsOthers(writes)
    ? { others: sql`true`, before: empty, update: sql`experiment_id = NULL`, after: empty }
    : { others: earlier, before: empty, update: plainTrace, after: empty };

const earlier = sql`EXISTS (SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.trace_timestamp_ms > g.start)`;

const longWay = (writes: SpanWrites): Way => ({
  others: sql`false`,
  before: treeTotals(writes),
  update: needsOthers(writes) ? mergedTrace : plainTrace,
  after: sql`, moved AS (
      UPDATE assessments a SET trace_timestamp_ms = w.timestamp_ms
      FROM written w WHERE NOT w.created AND a.trace_id = w.request_id AND a.trace_timestamp_ms > w.timestamp_ms
    )`,
});

/** Whether anything but a trace's own row decides what becomes of it. */
const needsOthers = ({ traces }: SpanWrites) =>
  traces.some(({ tokens, costs, session }) => tokens !== null || costs !== null || session !== null);

// What is looked up one by one goes by an index, also where the tables have no statistics yet.
const oneByOne = sql`OFFSET 0`;

async function write(
  db: Db,
  location: string,
  writes: SpanWrites,
  runId: string | undefined,
  way: Way,
): Promise<Written> {
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
      SELECT o.* FROM given g, LATERAL (
        SELECT t.*, t.xmin::text AS version, ${way.others} AS others, (SELECT value FROM trace_tags l
          WHERE l.request_id = t.request_id AND l.key = 'mlflow.trace.spansLocation') AS location
        FROM trace_info t WHERE t.request_id = g.id ${oneByOne}) o
    ), refused AS MATERIALIZED (
      SELECT min(request_id) FILTER (WHERE experiment_id::text <> ${location}) AS elsewhere,
        json_object_agg(request_id, location ORDER BY request_id) FILTER (WHERE location <> 'TRACKING_STORE') AS blocked,
        coalesce(bool_or(others), false) AS others
      FROM old
    )${way.before}, written AS (
      INSERT INTO trace_info AS t (request_id, experiment_id, timestamp_ms, execution_time_ms, status, trace_name,
        request_preview, response_preview, session_id, ${traceColumns}, db_payload_generation)
      SELECT g.id, e.experiment_id, g.start, g."end" - g.start, g.status, g.name, g.request_preview, g.response_preview,
        g.session, ${traceColumns}, 1
      FROM given g, experiment e, refused r WHERE r.elsewhere IS NULL AND r.blocked IS NULL AND NOT r.others ORDER BY g.id
      ON CONFLICT (request_id) DO UPDATE SET ${way.update}
      RETURNING request_id, timestamp_ms, xmax = 0 AS created
    ), span AS (${insertSpans(writes)}), tag AS (${insertTags(writes)})${insertUsers(writes.traces)}${insertLinks(writes.completed, runId)}${way.after}
    SELECT elsewhere, blocked, elsewhere IS NULL AND blocked IS NULL AND others AS others,
      (SELECT count(*) FROM written)::int AS count
    FROM refused`);
  return row!;
}

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
