/** What is written beside the rows of traces, in the statement that has written them as `written`. */
import { appendToUri, nowMillis } from "../../mlflow/json-sql.ts";
import { type Sql, sql } from "../../platform/db/sql.ts";
import type { SpanRow } from "./row.ts";

/** All traces of a request are written or none. They are counted, so that all their rows are locked first. */
const areWritten = sql`(SELECT count(*) FROM written) > 0`;

// JSON has it in escapes only.
const separator = "\u001e";

/**
 * Contents are apart, and not quoted once more: of 1,000 spans in JSON alone PostgreSQL takes 57 ms instead of 50, and
 * with an array for each column 47, but 0.42 instead of 0.34 of a single one.
 */
export const spanValues = (spans: readonly SpanRow[]): [rows: string, contents: string] => [
  `[${spans.map(({ columns }) => columns).join()}]`,
  spans.map(({ content }) => content).join(separator),
];

/** @param rows with `contents`, as in `spanValues` */
export const insertSpans = (rows: unknown, contents: unknown): Sql => sql`
      INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status, start_time_unix_nano,
        end_time_unix_nano, content, input_cost, output_cost, total_cost, model_name, model_provider)
      SELECT s.trace_id, e.experiment_id, s.span_id, s.parent_span_id, s.name, s.type, s.status, s.start_time_unix_nano,
        s.end_time_unix_nano, s.content, s.input_cost, s.output_cost, s.total_cost, s.model_name, s.model_provider
      FROM experiment e, ROWS FROM (
        json_to_recordset(${rows}::json) AS (trace_id text,
          span_id text, parent_span_id text, name text, type text, status text, start_time_unix_nano int8,
          end_time_unix_nano int8, input_cost float8, output_cost float8, total_cost float8, model_name text,
          model_provider text),
        unnest(string_to_array(${contents}, U&'\\001E'))
      ) AS s(trace_id, span_id, parent_span_id, name, type, status, start_time_unix_nano, end_time_unix_nano, input_cost,
        output_cost, total_cost, model_name, model_provider, content)
      WHERE ${areWritten}
      ON CONFLICT (trace_id, span_id) DO UPDATE SET parent_span_id = excluded.parent_span_id, name = excluded.name,
        type = excluded.type, status = excluded.status, start_time_unix_nano = excluded.start_time_unix_nano,
        end_time_unix_nano = excluded.end_time_unix_nano, content = excluded.content, input_cost = excluded.input_cost,
        output_cost = excluded.output_cost, total_cost = excluded.total_cost, model_name = excluded.model_name,
        model_provider = excluded.model_provider, experiment_id = excluded.experiment_id
    `;

/** An archiver may have moved the spans since the statement began. */
export const insertTags = (tags: unknown): Sql => sql`
      INSERT INTO trace_tags AS t (request_id, key, value)
      SELECT request_id, 'mlflow.trace.spansLocation', 'TRACKING_STORE' FROM written
      UNION ALL
      SELECT request_id, 'mlflow.artifactLocation',
        ${appendToUri(sql`e.artifact_location`, sql`'traces/' || request_id || '/artifacts'`)}
      FROM written, experiment e WHERE created
      UNION ALL
      SELECT g.trace, g.key, g.value
      FROM json_to_recordset(${tags}::json) AS g(trace text, key text, value text) WHERE ${areWritten}
      ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value,
        key = CASE WHEN t.key = 'mlflow.trace.spansLocation' AND t.value <> 'TRACKING_STORE' THEN NULL ELSE t.key END
      WHERE t.value IS DISTINCT FROM excluded.value
    `;

/** The first user holds. */
export const insertUsers = sql`, known AS (
      INSERT INTO trace_request_metadata (request_id, key, value)
      SELECT id, 'mlflow.trace.user', "user" FROM given WHERE "user" IS NOT NULL AND ${areWritten}
      ON CONFLICT DO NOTHING
    )`;

/** How many traces stock links to a run in one request. */
const maxLinks = 100;

/** A link that can't be made is left out, as in stock. */
export const canLink = (completed: readonly string[], runId: string | undefined): boolean =>
  Boolean(runId) &&
  runId!.length <= 36 &&
  !runId!.includes("\0") &&
  completed.length > 0 &&
  completed.length <= maxLinks;

export const insertLinks = (completed: unknown, runId: unknown): Sql => sql`, linked AS (
      INSERT INTO entity_associations (association_id, source_type, source_id, destination_type, destination_id, created_time)
      SELECT replace(gen_random_uuid()::text, '-', ''), 'trace', id, 'run', ${runId}, ${nowMillis}
      FROM unnest(${completed}::text[]) id WHERE ${areWritten}
      ON CONFLICT DO NOTHING
    )`;
