/** The one statement that writes the spans of a request. */
import { parseInteger } from "../../mlflow/python-text.ts";
import { inScope } from "../../mlflow/scope.ts";
import { composed } from "../../platform/db/composed.ts";
import type { Db } from "../../platform/db/database.ts";
import { empty, type Sql, type Statement, sql } from "../../platform/db/sql.ts";
import { canLink, insertLinks, insertSpans, insertTags, insertUsers, spanCount } from "./insert.ts";
import { mergedTrace, nodesJson, plainTrace, traceColumns, treeTotals } from "./merge.ts";
import type { SpanWrites, TraceWrite } from "./trace.ts";

/**
 * Two statements for the spans of a request, of which the second is for what the first can't write, or refuses. Both
 * answer how many traces were written and whether `others` were met, the second where the traces lie that are
 * `elsewhere` or `blocked`.
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
  const links = shape.links ? [completed, runId] : [];
  const given = [tracesJson(traces), idOf(location), JSON.stringify(writes.tags), ...writes.spans, ...links] as const;
  const totals = shape.totals ? [nodesJson(nodes)] : [];
  return {
    short: () => statements[bits({ ...shape, long: false })]!(db, ...given, ...(shape.totals ? [] : [location])),
    long: () => statements[bits({ ...shape, long: true })]!(db, ...given, location, ...totals),
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

// What is looked up one by one goes by an index, also where the tables have no statistics yet.
const oneByOne = sql`OFFSET 0`;

/** How a statement writes the rows of traces. */
interface Way {
  /** CTEs before the rows are written. `refused` has a row, and a condition `may` on it. */
  before: Sql;
  may: Sql;
  /** What becomes of a trace that is there. */
  update: Sql;
  /** CTEs afterwards. */
  after: Sql;
  /** What `refused` tells of the request. */
  answer: Sql;
}

interface Sent {
  location: unknown;
  /** As of `spanValues`. */
  spans: readonly unknown[];
  nodes: unknown;
}

/**
 * Spans that are new, of traces that are new or of which their own row alone decides what becomes of them. Tokens,
 * costs and sessions need more of a trace that is there, and so do assessments, which have its time.
 */
const shortWay = (totals: boolean, { location, spans: [traces, spans] }: Sent): Way => ({
  before: sql`, old AS MATERIALIZED (
      SELECT o.* FROM given g, LATERAL (
        SELECT ${totals ? sql`true` : needsMore(location)} AS others FROM trace_info t WHERE t.request_id = g.id ${oneByOne}) o
    ), refused AS MATERIALIZED (
      SELECT EXISTS (SELECT FROM old) AND (EXISTS (SELECT FROM old WHERE others) OR EXISTS (
        SELECT FROM unnest(${traces}::text[], ${spans}::text[]) AS i(trace, span), LATERAL (
          SELECT FROM spans s WHERE s.trace_id = i.trace AND s.span_id = i.span ${oneByOne}) s)) AS others
    )`,
  may: sql`NOT r.others`,
  update: totals ? sql`experiment_id = NULL` : plainTrace,
  after: empty,
  answer: sql`others`,
});

const needsMore = (location: unknown) => sql`t.experiment_id::text <> ${location}
          OR EXISTS (SELECT FROM trace_tags l WHERE l.request_id = t.request_id AND l.key = 'mlflow.trace.spansLocation'
            AND l.value <> 'TRACKING_STORE')
          OR EXISTS (SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.trace_timestamp_ms > g.start)`;

const longWay = (totals: boolean, { location, nodes }: Sent): Way => ({
  before: sql`, old AS MATERIALIZED (
      SELECT o.* FROM given g, LATERAL (
        SELECT t.*, t.xmin::text AS version, (SELECT value FROM trace_tags l
          WHERE l.request_id = t.request_id AND l.key = 'mlflow.trace.spansLocation') AS location
        FROM trace_info t WHERE t.request_id = g.id ${oneByOne}) o
    ), refused AS MATERIALIZED (
      SELECT min(request_id) FILTER (WHERE experiment_id::text <> ${location}) AS elsewhere,
        json_object_agg(request_id, location ORDER BY request_id) FILTER (WHERE location <> 'TRACKING_STORE') AS blocked
      FROM old
    )${totals ? treeTotals(nodes) : empty}`,
  may: sql`r.elsewhere IS NULL AND r.blocked IS NULL`,
  update: totals ? mergedTrace : plainTrace,
  after: sql`, moved AS (
      UPDATE assessments a SET trace_timestamp_ms = w.timestamp_ms
      FROM written w WHERE NOT w.created AND a.trace_id = w.request_id AND a.trace_timestamp_ms > w.timestamp_ms
    )`,
  answer: sql`elsewhere, blocked, false AS others`,
});

/** What only `totals` have columns for. */
const givenTotals = sql`, counts bool, prices bool, input_tokens int8, output_tokens int8, total_tokens int8,
        cache_read_input_tokens int8, cache_creation_input_tokens int8, cache_creation_input_tokens_above_1hr int8,
        input_cost float8, output_cost float8, total_cost float8`;

/** To put them together took a tenth of the app's time for a request of one span. */
const statements = shapes.map(({ long, totals, users, links }) =>
  composed((db, traces, experiment, tags, ...others) => {
    const spans = others.splice(0, spanCount);
    const [completed, runId] = links ? others.splice(0, 2) : [];
    const location = !totals || long ? others.shift() : undefined;
    const way = (long ? longWay : shortWay)(totals, { location, spans, nodes: others[0] });
    const columns = totals ? sql`, ${traceColumns}` : empty;
    return sql`
    WITH RECURSIVE given AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${traces}::json) AS g(id text, start int8, "end" int8, status text, name text,
        request_preview text, response_preview text, session text, "user" text${totals ? givenTotals : empty})
    ), experiment AS (
      SELECT experiment_id, artifact_location FROM experiments WHERE experiment_id = ${experiment}::bigint AND ${inScope(db)}
    )${way.before}, written AS (
      INSERT INTO trace_info AS t (request_id, experiment_id, timestamp_ms, execution_time_ms, status, trace_name,
        request_preview, response_preview, session_id, db_payload_generation${columns})
      SELECT g.id, e.experiment_id, g.start, g."end" - g.start, g.status, g.name, g.request_preview, g.response_preview,
        g.session, 1${columns}
      FROM given g, experiment e, refused r WHERE ${way.may} ORDER BY g.id
      ON CONFLICT (request_id) DO UPDATE SET ${way.update}
      RETURNING request_id, timestamp_ms, xmax = 0 AS created
    ), span AS (${insertSpans(spans, !long)}), tag AS (${insertTags(tags)})${users ? insertUsers : empty}${
      links ? insertLinks(completed, runId) : empty
    }${way.after}
    SELECT ${way.answer}, (SELECT count(*) FROM written)::int AS count FROM refused`;
  }),
);
