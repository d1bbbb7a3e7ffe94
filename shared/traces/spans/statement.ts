/** The one statement that writes the spans of a request. */
import { parseInteger } from "../../mlflow/python-text.ts";
import { inScope } from "../../mlflow/scope.ts";
import { composed } from "../../platform/db/composed.ts";
import type { Db } from "../../platform/db/database.ts";
import { empty, type Sql, type Statement, sql } from "../../platform/db/sql.ts";
import { canLink, insertLinks, insertSpans, insertTags, insertUsers, spanValues } from "./insert.ts";
import { mergedTrace, nodesJson, plainTrace, traceColumns, treeTotals } from "./merge.ts";
import type { SpanWrites, TraceWrite } from "./trace.ts";

/**
 * Two statements for the spans of a request, of which the second is for what the first can't write. Both answer where
 * the traces lie that are `elsewhere` or `blocked`, how many were written, and whether `others` were met.
 */
export function spanStatements(
  db: Db,
  location: string,
  writes: SpanWrites,
  runId: string | undefined,
): { short(): Statement; long(): Statement } {
  const { traces, completed, nodes } = writes;
  const shape = {
    totals: traces.some(({ tokens, costs, session }) => tokens !== null || costs !== null || session !== null),
    users: traces.some(({ user }) => user !== null),
    links: canLink(completed, runId),
  };
  const spans = spanValues(writes.spans);
  const given = [tracesJson(traces), idOf(location), location, ...spans, JSON.stringify(writes.tags)] as const;
  const links = shape.links ? [completed, runId] : [];
  return {
    short: () => statements[bits({ ...shape, long: false })]!(db, ...given, ...links),
    long: () =>
      statements[bits({ ...shape, long: true })]!(db, ...given, ...links, ...(shape.totals ? [nodesJson(nodes)] : [])),
  };
}

/** Of a name that is no number of an experiment, null. */
function idOf(location: string): string | null {
  const number = parseInteger(location);
  return number !== undefined && BigInt.asIntN(64, number) === number ? number.toString() : null;
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

/** What a statement has parts for. */
interface Shape {
  /** Whether it writes what the short one can't. */
  long: boolean;
  /** Whether anything but a trace's own row decides what becomes of it. */
  totals: boolean;
  users: boolean;
  links: boolean;
}

const bits = (shape: Shape): number =>
  Number(shape.long) + 2 * Number(shape.totals) + 4 * Number(shape.users) + 8 * Number(shape.links);

const shapes = [false, true].flatMap((links) =>
  [false, true].flatMap((users) =>
    [false, true].flatMap((totals) => [false, true].map((long): Shape => ({ long, totals, users, links }))),
  ),
);

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
const shortWay = (totals: boolean): Way =>
  totals
    ? { others: sql`true`, before: empty, update: sql`experiment_id = NULL`, after: empty }
    : { others: earlier, before: empty, update: plainTrace, after: empty };

const earlier = sql`EXISTS (SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.trace_timestamp_ms > g.start)`;

const longWay = (totals: boolean, nodes: unknown): Way => ({
  others: sql`false`,
  before: totals ? treeTotals(nodes) : empty,
  update: totals ? mergedTrace : plainTrace,
  after: sql`, moved AS (
      UPDATE assessments a SET trace_timestamp_ms = w.timestamp_ms
      FROM written w WHERE NOT w.created AND a.trace_id = w.request_id AND a.trace_timestamp_ms > w.timestamp_ms
    )`,
});

// What is looked up one by one goes by an index, also where the tables have no statistics yet.
const oneByOne = sql`OFFSET 0`;

/** To put them together took a tenth of the app's time for a request of one span. */
const statements = shapes.map(({ long, totals, users, links }) =>
  composed((db, traces, experiment, location, rows, contents, tags, ...others) => {
    const [completed, runId] = links ? others.splice(0, 2) : [];
    const way = long ? longWay(totals, others[0]) : shortWay(totals);
    return sql`
    WITH RECURSIVE given AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${traces}::json) AS g(id text, start int8, "end" int8,
        status text, name text, request_preview text, response_preview text, session text, "user" text, counts bool,
        prices bool, input_tokens int8, output_tokens int8, total_tokens int8, cache_read_input_tokens int8,
        cache_creation_input_tokens int8, cache_creation_input_tokens_above_1hr int8, input_cost float8,
        output_cost float8, total_cost float8)
    ), experiment AS (
      SELECT experiment_id, artifact_location FROM experiments WHERE experiment_id = ${experiment}::bigint AND ${inScope(db)}
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
    ), span AS (${insertSpans(rows, contents)}), tag AS (${insertTags(tags)})${users ? insertUsers : empty}${
      links ? insertLinks(completed, runId) : empty
    }${way.after}
    SELECT elsewhere, blocked, elsewhere IS NULL AND blocked IS NULL AND others AS others,
      (SELECT count(*) FROM written)::int AS count
    FROM refused`;
  }),
);
