/** What is written beside the rows of traces, in the statement that has written them as `written`. */
import { appendToUri, nowMillis } from "../../mlflow/json-sql.ts";
import { asSent } from "../../platform/db/sent.ts";
import { empty, join, raw, type Sql, sql } from "../../platform/db/sql.ts";
import { type SpanRow, spanColumns } from "./row.ts";

/** All traces of a request are written or none. They are counted, so that all their rows are locked first. */
const areWritten = sql`(SELECT count(*) FROM written) > 0`;

// JSON has it in escapes only.
const separator = "\u001e";

const columns = Object.keys(spanColumns) as (keyof typeof spanColumns)[];

/** How many values `spanValues` answers. */
export const spanCount = columns.length + 1;

/** The values of `insertSpans`: an array for each column, or null where it is null in all rows, and the contents. */
export const spanValues = (spans: readonly SpanRow[]): readonly unknown[] => [
  ...columns.map((name) => {
    const values = spans.map((span) => span.columns[name]);
    return values.every((value) => value === null) ? null : asSent(values);
  }),
  spans.map(({ content }) => content).join(separator),
];

const columnList = raw(columns.join(", "));

/**
 * Of 1,000 new spans PostgreSQL takes 30 ms in JSON, 28 where it need not look for those that are there, and 25 with an
 * array for each column as well; contents would have to be quoted once more in an array.
 * @param values as of `spanValues`
 * @param areNew whether none of the spans can be there already
 */
export const insertSpans = (values: readonly unknown[], areNew: boolean): Sql => sql`
      INSERT INTO spans (experiment_id, ${columnList}, content)
      SELECT e.experiment_id, s.*
      FROM experiment e, unnest(${join(columns.map((name, at) => sql`${values[at]}::${raw(spanColumns[name])}[]`))},
        string_to_array(${values[columns.length]}, U&'\\001E')) AS s
      WHERE ${areWritten}${areNew ? empty : overwriteSpans}
    `;

const overwriteSpans = sql`
      ON CONFLICT (trace_id, span_id) DO UPDATE SET (experiment_id, ${columnList}, content) =
        ROW(excluded.experiment_id, ${raw(columns.map((name) => `excluded.${name}`).join(", "))}, excluded.content)`;

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
