import { type Sql, sql } from "../db/sql.ts";

/** The JSON text of an entity without its null members: MLflow leaves out what is not set. */
export const jsonText = (object: Sql): Sql => sql`json_strip_nulls(${object})::text`;

/** `[{key, value}, ...]` of a table of keys and values. */
export const keyValues = (alias: Sql): Sql =>
  sql`json_agg(json_build_object('key', ${alias}.key, 'value', ${alias}.value) ORDER BY ${alias}.key)`;

/** One row a key, the last value given for it. */
export function lastByKey<T extends { key: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.key, item])).values()];
}
