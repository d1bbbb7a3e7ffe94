import { join, raw, type Sql, sql } from "../db/sql.ts";

/** The JSON text of an entity without its null members: MLflow leaves out what is not set. */
export const jsonText = (object: Sql): Sql => sql`json_strip_nulls(${object})::text`;

/** `[{key, value}, ...]` of a table of keys and values. */
export const keyValues = (alias: Sql): Sql =>
  sql`json_agg(json_build_object('key', ${alias}.key, 'value', ${alias}.value) ORDER BY ${alias}.key)`;

/**
 * The same as JSON text, in no particular order. For the many rows of a search: over 20,000 params this takes half the
 * time of json_agg with json_build_object.
 */
export const keyValuesText = (alias: Sql): Sql =>
  sql`'[' || string_agg('{"key":' || to_json(${alias}.key) || ',"value":' || coalesce(to_json(${alias}.value)::text, '""') || '}', ',') || ']'`;

/** JSON text of an object whose members, each JSON text or NULL, are left out where NULL. */
export const objectText = (members: Record<string, Sql>): Sql =>
  Object.keys(members).length === 0
    ? sql`'{}'`
    : sql`'{' || concat_ws(',', ${join(Object.entries(members).map(([name, text]) => sql`${raw(`'"${name}":'`)} || ${text}`))}) || '}'`;

/** One row a key, the last value given for it. */
export function lastByKey<T extends { key: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.key, item])).values()];
}

/**
 * Whether a column is one of these values. A single one is compared by `=`, since only then does an index that goes on with
 * another column give its order too: the first page of 50,000 runs takes 0.14 ms instead of 23.
 */
export const isOneOf = (column: Sql, values: readonly string[], type: Sql): Sql =>
  values.length === 1 ? sql`${column} = ${values[0]}::${type}` : sql`${column} = ANY(${values}::${type}[])`;

/** JSON with a space after each comma and colon, as Python writes it into tags. */
export const pythonJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 1)
    .replace(/([{[])\n\s*/g, "$1")
    .replace(/\n\s*([}\]])/g, "$1")
    .replace(/\n\s*/g, " ");
