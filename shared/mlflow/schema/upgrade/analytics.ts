/**
 * What traces, spans and assessments are searched and summed by, moved from texts into columns of their own
 * (trace_analytics_backfill of mlflow/store/db). In pages, so that memory is bounded.
 */
import type { ClientBase } from "pg";
import { unavailable } from "../revisions.ts";
import { backfillAssessments } from "./analytics-assessments.ts";
import { backfillTraces } from "./analytics-traces.ts";
import type { Rows } from "./steps.ts";

const spansOfAPage = 10_000;

/** Fills the columns of revision 75868b020152, all in the caller's transaction. */
export async function backfillAnalytics(client: ClientBase, rows: Rows): Promise<void> {
  await refuseOrphans(client);
  await refuseOtherDimensions(client);
  const total = await countRows(client);
  let done = 0;
  const page = (number: number) => {
    done += number;
    rows(done, total);
  };
  await backfillTraces(client, page);
  await backfillSpans(client, page);
  await client.query(costsFromSpans);
  await backfillAssessments(client, page);
}

async function countRows(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ total: string }>(`
    SELECT (SELECT count(*) FROM trace_info) + (SELECT count(*) FROM spans) + (SELECT count(*) FROM assessments) AS total`);
  return Number(rows[0]!.total);
}

async function refuseOrphans(client: ClientBase): Promise<void> {
  for (const table of ["spans", "assessments"]) {
    const { rows } = await client.query<{ id: string }>(`SELECT trace_id AS id FROM ${table} child
      WHERE NOT EXISTS (SELECT FROM trace_info t WHERE t.request_id = child.trace_id) LIMIT 1`);
    if (rows.length > 0)
      throw unavailable(`A row of ${table} belongs to the trace ${rows[0]!.id}, which does not exist.`);
  }
}

/** The value of spans.dimension_attributes, which may be JSON in a JSON string, as old servers wrote it. */
const dimensions = `CASE json_typeof(dimension_attributes) WHEN 'string' THEN (dimension_attributes #>> '{}')::jsonb
  ELSE dimension_attributes::jsonb END`;

async function refuseOtherDimensions(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ trace: string; span: string; text: string }>(`
    SELECT trace_id AS trace, span_id AS span, left(dimensions::text, 200) AS text
    FROM (SELECT trace_id, span_id, ${dimensions} AS dimensions FROM spans WHERE dimension_attributes IS NOT NULL) spans
    WHERE jsonb_typeof(dimensions) NOT IN ('object', 'null')
      OR jsonb_typeof(dimensions) = 'object' AND EXISTS (
        SELECT FROM jsonb_each(CASE jsonb_typeof(dimensions) WHEN 'object' THEN dimensions END) AS one (key, value)
        WHERE key NOT IN ('mlflow.llm.model', 'mlflow.llm.provider') OR jsonb_typeof(value) NOT IN ('string', 'null'))
    LIMIT 1`);
  if (rows.length === 0) return;
  const { trace, span, text } = rows[0]!;
  throw unavailable(
    `The dimension_attributes of span ${span} of trace ${trace} hold more than its model and provider, and would be lost: ${text}`,
  );
}

const finite = (key: string) =>
  `max(value + 0) FILTER (WHERE key = '${key}' AND value NOT IN ('NaN', 'Infinity', '-Infinity')) AS ${key}`;

const columns = "input_cost, output_cost, total_cost, model_name, model_provider";

// Adding 0 turns -0.0 into 0, as stock does.
const backfillPage = `
  WITH page AS MATERIALIZED (
    SELECT trace_id, span_id, ${dimensions} AS dimensions FROM spans
    WHERE (trace_id, span_id) > ($1, $2) ORDER BY trace_id, span_id LIMIT ${spansOfAPage}),
  costs AS (
    SELECT trace_id, span_id, ${["input_cost", "output_cost", "total_cost"].map(finite).join(", ")}
    FROM span_metrics JOIN page USING (trace_id, span_id)
    WHERE key IN ('input_cost', 'output_cost', 'total_cost') GROUP BY trace_id, span_id),
  known AS (
    SELECT trace_id, span_id, input_cost, output_cost, total_cost,
      left(dimensions->>'mlflow.llm.model', 500) AS model_name, left(dimensions->>'mlflow.llm.provider', 500) AS model_provider
    FROM page LEFT JOIN costs USING (trace_id, span_id)),
  changed AS (
    UPDATE spans SET (${columns}) = (known.input_cost, known.output_cost, known.total_cost, known.model_name, known.model_provider)
    FROM known WHERE spans.trace_id = known.trace_id AND spans.span_id = known.span_id
      AND (spans.input_cost, spans.output_cost, spans.total_cost, spans.model_name, spans.model_provider) IS DISTINCT FROM
        (known.input_cost, known.output_cost, known.total_cost, known.model_name, known.model_provider))
  SELECT trace_id AS trace, span_id AS span, count(*) OVER ()::int AS number
  FROM page ORDER BY trace_id DESC, span_id DESC LIMIT 1`;

async function backfillSpans(client: ClientBase, page: (number: number) => void): Promise<void> {
  let last = { trace: "", span: "", number: 0 };
  while (true) {
    const { rows } = await client.query<typeof last>(backfillPage, [last.trace, last.span]);
    if (!rows[0]) return;
    last = rows[0];
    page(last.number);
  }
}

/** Traces of the gateway have no cost of their own. */
const costsFromSpans = `
  UPDATE trace_info t SET total_cost = (SELECT sum(s.total_cost) FROM spans s WHERE s.trace_id = t.request_id)
  WHERE t.total_cost IS NULL
    AND EXISTS (SELECT FROM trace_request_metadata m WHERE m.request_id = t.request_id AND key = 'mlflow.gateway.endpointId')
    AND EXISTS (SELECT FROM spans s WHERE s.trace_id = t.request_id AND s.total_cost IS NOT NULL)`;
