/** What becomes of a trace that is there already when spans of it come. */
import { empty, join, raw, type Sql, sql } from "../../platform/db/sql.ts";
import { cacheKeys, costKeys, tokenKeys } from "./totals.ts";
import type { NodeWrite } from "./trace.ts";

const tokenColumns = [...tokenKeys, ...cacheKeys];

const listOf = (columns: readonly string[], alias = "") => raw(columns.map((name) => alias + name).join(", "));

/** The columns that tokens and costs have. */
export const traceColumns = listOf([...tokenColumns, ...costKeys]);

type Assignments = readonly (readonly [column: string, value: Sql])[];

const from = sql`least(t.timestamp_ms, excluded.timestamp_ms)`;
// Of values that are NULL, greatest knows nothing.
const until = sql`greatest(t.timestamp_ms + t.execution_time_ms, excluded.timestamp_ms + excluded.execution_time_ms)`;

/** The first root decides on the state, and the first of previews and sessions holds. */
const always: Assignments = [
  // No trace changes its experiment; see `changedMeanwhile` in store.ts.
  ["experiment_id", sql`CASE WHEN t.experiment_id = excluded.experiment_id THEN t.experiment_id END`],
  [
    "status",
    sql`CASE WHEN t.status IN ('IN_PROGRESS', 'STATE_UNSPECIFIED') AND excluded.status <> 'IN_PROGRESS'
      THEN excluded.status ELSE t.status END`,
  ],
  ["trace_name", sql`coalesce(excluded.trace_name, t.trace_name)`],
  ["request_preview", sql`coalesce(t.request_preview, excluded.request_preview)`],
  ["response_preview", sql`coalesce(t.response_preview, excluded.response_preview)`],
  ["session_id", sql`coalesce(t.session_id, excluded.session_id)`],
  ["db_payload_generation", sql`t.db_payload_generation + 1`],
];

/** Where the client has given times and totals itself, they hold. */
const withOthers: Assignments = [
  ...always,
  ["timestamp_ms", sql`CASE WHEN o.finalized THEN t.timestamp_ms ELSE ${from} END`],
  ["execution_time_ms", sql`CASE WHEN o.finalized THEN t.execution_time_ms ELSE ${until} - ${from} END`],
  ...[...tokenColumns, ...costKeys].map((name) => [name, sql`coalesce(o.${raw(name)}, t.${raw(name)})`] as const),
];

const assigned = (assignments: Assignments, source: Sql): Sql =>
  sql`(${listOf(assignments.map(([column]) => column))}) = (SELECT ${join(assignments.map(([, value]) => value))}${source})`;

/** By the trace's own row alone. */
export const plainTrace = assigned(
  [...always, ["timestamp_ms", from], ["execution_time_ms", sql`${until} - ${from}`]],
  empty,
);

/** By what else is stored of the trace, as long as its row is the one that was seen with it. */
export const mergedTrace = assigned(
  withOthers,
  sql` FROM merged o WHERE o.request_id = t.request_id AND o.version = t.xmin::text`,
);

/** `(values ->> 0)::float8, ...` of a JSON list. */
const itemsOf = (list: string, count: number) =>
  raw(Array.from({ length: 6 }, (_, at) => (at < count ? `(${list} ->> ${at})::float8` : "NULL")).join(", "));

// Events come before it, and whatever they hold in quotes has a backslash before each.
const afterEvents = `], "status": {"code": "STATUS_CODE_`;

/** The tokens of a stored span: cut out, since its content need not be JSON that Postgres can read. */
const storedUsage = sql`replace(substring(left(split_part(split_part(s.content, ${raw(`'${afterEvents}'`)}, 2),
        '"mlflow.chat.tokenUsage": "', 2), 10000) from '^((?:[^"\\\\]|\\\\.)*)"'), '\\"', '"')`;

const storedTokens = raw(
  tokenColumns
    .map((key) => `substring(u.usage from '"${key}"\\s*:\\s*(-?[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)')::float8`)
    .join(", "),
);

const wholeTokens = raw(
  tokenColumns
    .map(
      (name, at) => `CASE WHEN c.v${at} = trunc(c.v${at}) AND abs(c.v${at}) < 9e18 THEN c.v${at}::int8 END AS ${name}`,
    )
    .join(", "),
);

/**
 * `merged`: of traces that are there already, their totals over all spans, stored and sent. A trace that has no tokens
 * yet has no span with any, so that no content is read for it.
 */
export const treeTotals = (nodes: unknown): Sql => sql`, state AS MATERIALIZED (
      SELECT o.request_id, o.version, finalized, has_tokens,
        g.counts AND NOT (finalized AND has_tokens) AS counts, g.prices AND NOT (finalized AND has_costs) AS prices
      FROM old o JOIN given g ON g.id = o.request_id, LATERAL (
        SELECT num_nonnulls(${listOf(tokenColumns, "o.")}) > 0 AS has_tokens,
          num_nonnulls(${listOf(costKeys, "o.")}) > 0 AS has_costs,
          (g.counts OR g.prices OR g.session IS NOT NULL) AND EXISTS (SELECT FROM trace_request_metadata m
            WHERE m.request_id = o.request_id AND m.key = 'mlflow.trace.infoFinalized') AS finalized
      ) f
    ), sent AS MATERIALIZED (
      SELECT n.* FROM json_to_recordset(${nodes}::json)
        AS n(trace text, id text, parent text, tokens json, costs json)
    ), node (kind, trace, id, parent, has, v0, v1, v2, v3, v4, v5) AS MATERIALIZED (
      SELECT 'tokens', trace, id, parent, tokens IS NOT NULL, ${itemsOf("tokens", 6)}
      FROM sent JOIN state ON request_id = trace WHERE counts
      UNION ALL
      SELECT 'tokens', s.trace_id, s.span_id, s.parent_span_id, coalesce(u.usage LIKE '{%', false), ${storedTokens}
      FROM state CROSS JOIN LATERAL (SELECT * FROM spans s WHERE s.trace_id = request_id OFFSET 0) s
      LEFT JOIN LATERAL (SELECT ${storedUsage} AS usage) u ON has_tokens
      WHERE counts AND NOT EXISTS (SELECT FROM sent n WHERE n.trace = s.trace_id AND n.id = s.span_id)
      UNION ALL
      SELECT 'costs', trace, id, parent, costs IS NOT NULL, ${itemsOf("costs", 3)}
      FROM sent JOIN state ON request_id = trace WHERE prices
      UNION ALL
      SELECT 'costs', s.trace_id, s.span_id, s.parent_span_id, num_nonnulls(${listOf(costKeys, "s.")}) > 0,
        ${listOf(costKeys, "s.")}, NULL, NULL, NULL
      FROM state CROSS JOIN LATERAL (SELECT * FROM spans s WHERE s.trace_id = request_id OFFSET 0) s
      WHERE prices AND NOT EXISTS (SELECT FROM sent n WHERE n.trace = s.trace_id AND n.id = s.span_id)
    ), walk AS (
      SELECT n.* FROM node n
      WHERE NOT EXISTS (SELECT FROM node p WHERE p.kind = n.kind AND p.trace = n.trace AND p.id = n.parent)
      UNION ALL
      SELECT n.* FROM walk w JOIN node n ON n.kind = w.kind AND n.trace = w.trace AND n.parent = w.id WHERE NOT w.has
    ), total AS (
      SELECT kind, trace, coalesce(sum(v0), 0) AS v0, coalesce(sum(v1), 0) AS v1, coalesce(sum(v2), 0) AS v2,
        sum(v3) AS v3, sum(v4) AS v4, sum(v5) AS v5
      FROM walk WHERE has GROUP BY kind, trace
    ), merged AS MATERIALIZED (
      SELECT s.*, ${wholeTokens}, p.v0 AS input_cost, p.v1 AS output_cost, p.v2 AS total_cost
      FROM state s LEFT JOIN total c ON c.kind = 'tokens' AND c.trace = s.request_id
      LEFT JOIN total p ON p.kind = 'costs' AND p.trace = s.request_id
    )`;

export const nodesJson = (nodes: readonly NodeWrite[]): string =>
  JSON.stringify(
    nodes.map(({ tokens, costs, ...node }) => ({
      ...node,
      tokens: tokens && tokenColumns.map((key) => numberOrNull(tokens[key])),
      costs: costs && costKeys.map((key) => numberOrNull(costs[key])),
    })),
  );

/** What is no number has been refused where it counts. */
const numberOrNull = (value: unknown): number | null => {
  const number = typeof value === "bigint" || typeof value === "boolean" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
};
