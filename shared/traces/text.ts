/** The JSON text of what is known of a trace, without its spans. */
import { assessmentText } from "../assessments/text.ts";
import { durationText, objectText, pythonFloat, timestampText } from "../mlflow/json-sql.ts";
import { join, raw, type Sql, sql } from "../platform/db/sql.ts";
import { costColumns, costKey, promotedKeys, sessionKey, tokenColumns, tokenUsageKey, traceNameTag } from "./keys.ts";

/** Selections that belong to trace `t`: `key` and `value` of tags and metadata, and whole assessments. */
export interface TraceParts {
  tags: Sql;
  metadata: Sql;
  /** Left out where the caller may not see any. */
  assessments?: Sql;
}

/** The parts as they are stored. */
export const storedParts = {
  tags: sql`SELECT key, value FROM trace_tags WHERE request_id = t.request_id`,
  metadata: sql`SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id`,
  assessments: sql`SELECT * FROM assessments WHERE trace_id = t.request_id`,
};

/** A Python dict of numbers, as `json.dumps` writes it; NULL where there are none. */
const dictOf = (columns: readonly string[], written: (column: Sql) => Sql) =>
  sql`nullif('{' || concat_ws(', ', ${join(
    columns.map((name) => sql`${raw(`'"${name}": '`)} || ${written(raw(`t.${name}`))}`),
  )}) || '}', '{}')`;

/** The metadata of the same names, as JSON text; NULL where there is none. */
export const tokenUsage = dictOf(tokenColumns, (column) => column);
export const cost = dictOf(costColumns, pythonFloat);

/** As much of keys and values as MLflow answers, and Python's word for a value that is none. */
const longestKey = sql`250`;
const longestMetadata = sql`250`;
const longestTag = sql`4096`;

/** What is kept in columns is no row (mlflow/store/tracking/dbmodels/models.py, SqlTraceInfo.to_mlflow_entity). */
const ownMetadata = (rows: Sql) => sql`SELECT key, value FROM (${rows}) own WHERE key <> ALL(${promotedKeys}::text[])`;
const ownTags = (rows: Sql) => sql`SELECT key, value FROM (${rows}) own WHERE key <> ${traceNameTag}`;

const promoted: readonly [key: string, value: Sql][] = [
  [sessionKey, sql`t.session_id`],
  [tokenUsageKey, tokenUsage],
  [costKey, cost],
];
const name: typeof promoted = [[traceNameTag, sql`t.trace_name`]];

/**
 * A JSON object of rows and columns, NULL where there are none. Put together as text: as rows of one query the columns
 * would take Postgres longer than all else.
 */
function objectOf(rows: Sql, columns: typeof promoted, longest: Sql): Sql {
  const own = sql`(SELECT string_agg(to_json(left(key, ${longestKey})) || ':' ||
    to_json(left(coalesce(value, 'None'), ${longest})), ',') FROM (${rows}) r)`;
  const kept = columns.map(([key, value]) => sql`${raw(`'"${key}":'`)} || to_json(left(${value}, ${longest}))`);
  return sql`nullif('{' || concat_ws(',', ${join([own, ...kept])}) || '}', '{}')`;
}

/** The same as a list of keys and values in the order of keys. */
function pairsOf(rows: Sql, columns: typeof promoted, longest: Sql): Sql {
  const kept = columns.map(([key, value]) => sql`(${key}::text, ${value}::text)`);
  return sql`(SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
    SELECT left(key, ${longestKey}) AS key, left(coalesce(value, 'None'), ${longest}) AS value FROM (
      ${rows} UNION ALL SELECT * FROM (VALUES ${join(kept)}) columns (key, value) WHERE value IS NOT NULL
    ) stored) r)`;
}

/** Trace `t` as version 3 of the API has it. */
export const traceInfoText = ({ tags, metadata, assessments }: TraceParts = storedParts): Sql =>
  objectText({
    trace_id: sql`to_json(t.request_id)`,
    client_request_id: sql`to_json(t.client_request_id)`,
    trace_location: sql`'{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}'`,
    request_preview: sql`to_json(t.request_preview)`,
    response_preview: sql`to_json(t.response_preview)`,
    request_time: timestampText(sql`t.timestamp_ms`),
    execution_duration: durationText(sql`t.execution_time_ms`),
    state: sql`to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_'))`,
    trace_metadata: objectOf(ownMetadata(metadata), promoted, longestMetadata),
    ...(assessments && {
      assessments: sql`(SELECT '[' || string_agg(${assessmentText}, ',' ORDER BY a.created_timestamp, a.assessment_id) || ']'
      FROM (${assessments}) a)`,
    }),
    tags: objectOf(ownTags(tags), name, longestTag),
  });

/** Trace `t` as version 2 of the API has it. */
export const traceInfoV2Text = ({ tags, metadata }: TraceParts = storedParts): Sql =>
  objectText({
    request_id: sql`to_json(t.request_id)`,
    experiment_id: sql`to_json(t.experiment_id::text)`,
    timestamp_ms: sql`t.timestamp_ms`,
    execution_time_ms: sql`coalesce(t.execution_time_ms, 0)`,
    status: sql`to_json(regexp_replace(t.status, '^STATE_', 'TRACE_STATUS_'))`,
    request_metadata: pairsOf(ownMetadata(metadata), promoted, longestMetadata),
    tags: pairsOf(ownTags(tags), name, longestTag),
  });
