import { join, raw, type Sql, sql } from "../platform/db/sql.ts";

/** The JSON text of an entity without its null members: MLflow leaves out what is not set. */
export const jsonText = (object: Sql): Sql => sql`json_strip_nulls(${object})::text`;

/** `[{key, value}, ...]` of a table of keys and values. */
export const keyValues = (alias: Sql): Sql =>
  sql`json_agg(json_build_object('key', ${alias}.key, 'value', ${alias}.value) ORDER BY ${alias}.key)`;

/**
 * JSON text of an array of objects, one for each row, NULL for no row. `first` is what each object begins with up to
 * its first value, `rest` what follows it but the closing brace. What all objects have in common is in the delimiter,
 * and `concat` puts each together at once: over 20,000 params that takes half the time of json_agg with
 * json_build_object.
 */
export const arrayText = (first: Sql, rest: Sql): Sql =>
  sql`'[' || ${first} || string_agg(concat(${rest}), '},' || ${first}) || '}]'`;

/** The same as keyValues as JSON text, in no particular order. */
export const keyValuesText = (alias: Sql): Sql =>
  arrayText(sql`'{"key":'`, sql`to_json(${alias}.key), ',"value":', coalesce(to_json(${alias}.value), '""')`);

/** JSON text of an object whose members, each JSON text or NULL, are left out where NULL. */
export const objectText = (members: Record<string, Sql>): Sql =>
  Object.keys(members).length === 0
    ? sql`'{}'`
    : sql`'{' || concat_ws(',', ${join(Object.entries(members).map(([name, text]) => sql`${raw(`'"${name}":'`)} || ${text}`))}) || '}'`;

/** The value of metric `m`; NaN is stored as 0 beside a flag. */
export const metricValue = sql`CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END`;

/** One row a key, the last value given for it. */
export function lastByKey<T extends { key: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.key, item])).values()];
}

/**
 * Whether a column is one of these values. A single one is compared by `=`, since only then does an index that goes on
 * with another column give its order too: the first page of 50,000 runs takes 0.14 ms instead of 23.
 */
export const isOneOf = (column: Sql, values: readonly string[], type: Sql): Sql =>
  values.length === 1 ? sql`${column} = ${values[0]}::${type}` : sql`${column} = ANY(${values}::${type}[])`;

/** JSON with a space after each comma and colon, as Python writes it into tags. */
export const pythonJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 1)
    .replace(/([{[])\n\s*/g, "$1")
    .replace(/\n\s*([}\]])/g, "$1")
    .replace(/\n\s*/g, " ");

export const nowMillis = sql`(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

/**
 * A path appended to a URI's path, before any query (mlflow/utils/uri.py, append_to_uri_path). `path` must hold no
 * backslash.
 */
export const appendToUri = (uri: Sql, path: Sql): Sql =>
  sql`regexp_replace(${uri}, '/?([?#].*)?$', '/' || ${path} || '\\1')`;

/** A time in milliseconds as JSON text of a protobuf Timestamp, within the years that it can tell. */
export const timestampText = (millis: Sql): Sql =>
  sql`to_json(to_char(timestamp 'epoch' + least(greatest(${millis}, -62135596800000), 253402300799000) * interval '1 ms',
    CASE WHEN ${millis} % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END))`;

/** A time span in milliseconds as JSON text of a protobuf Duration. */
export const durationText = (millis: Sql): Sql =>
  sql`'"' || CASE WHEN ${millis} < 0 THEN '-' ELSE '' END || abs(${millis} / 1000)
    || CASE WHEN ${millis} % 1000 = 0 THEN '' ELSE '.' || lpad(abs(${millis} % 1000)::text, 3, '0') END || 's"'`;

/** A double as Python writes it: Postgres leaves `.0` out of those that it writes without an exponent. */
export const pythonFloat = (column: Sql): Sql =>
  sql`${column} || CASE WHEN ${column} = trunc(${column}) AND abs(${column}) < 1e15 THEN '.0' ELSE '' END`;
