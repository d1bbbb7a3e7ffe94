/** What the keys of several entities have in common. */

import { type Sql, sql } from "../../platform/db/sql.ts";
import type { MlflowError } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import type { Operand } from "./clauses.ts";
import { searchErrors } from "./errors.ts";
import { exists } from "./exists.ts";
import type { Key, OrderKey } from "./specification.ts";
import * as values from "./values.ts";

type Read = Key["read"];
type Where = Key["where"];

/** Looks a key up among those there are. */
export const keyAmong =
  <T>(keys: Readonly<Record<string, T>>, unknown: (name: string, known: readonly string[]) => MlflowError) =>
  (name: string): T => {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (key === undefined) throw unknown(name, Object.keys(keys));
    return key;
  };

/** Reads a text in quotes. @param expected as `tag (e.g. 'my-value')` */
export const quoted =
  (expected: string): Read =>
  (right) => {
    if (values.isText(right)) return values.textOf(right);
    throw searchErrors.notQuoted(expected, right.text);
  };

/** Reads a text in quotes, or a list. */
export const quotedOrList =
  (expected: string, listOf: (right: Operand) => values.Value): Read =>
  (right, operator) =>
    right.kind === "parenthesis" ? listOf(right) : quoted(expected)(right, operator);

/** Reads a number. @param expected as `metric` */
export const numeric =
  (expected: string, parse: (right: Operand) => values.Value = values.numberOf): Read =>
  (right) => {
    if (values.isNumber(right)) return parse(right);
    throw searchErrors.notNumeric(expected, right.text);
  };

/** Compares a column of the entity's own. */
export const inColumn =
  (column: Sql): Where =>
  (operator, value) =>
    values.compare(column, operator, value);

/**
 * Looks for rows of another table; where there are none, only IS NULL holds.
 * @param rows a query for the key's rows that ends in a condition
 * @param has `existsOfRow`, where rows are to be looked up one by one
 */
export const inRows =
  (rows: Sql, column: Sql, has = exists): Where =>
  (operator, value) => {
    if (operator === "IS NULL") return sql`NOT ${has(rows)}`;
    if (operator === "IS NOT NULL") return has(rows);
    return has(sql`${rows} AND ${values.compare(column, operator, value)}`);
  };

/**
 * The same for an array of ids at once.
 * @param rows what follows FROM; it ends in a condition
 */
export const amongRows =
  (rows: Sql, id: Sql, column: Sql): NonNullable<Key["among"]> =>
  (operator, value, ids) => {
    const found = sql`SELECT ${id} AS id FROM ${rows} AND ${id} = ANY(${ids})`;
    if (operator === "IS NULL") return sql`SELECT id FROM unnest(${ids}) id WHERE (id IN (${found})) IS NOT TRUE`;
    return operator === "IS NOT NULL" ? found : sql`${found} AND ${values.compare(column, operator, value)}`;
  };

/** An attribute that is a column of the entity. */
export interface Field {
  column: Sql;
  type: "text" | "integer";
}

export const text = (column: Sql): Field => ({ column, type: "text" });
export const integer = (column: Sql): Field => ({ column, type: "integer" });

/** What is ordered by these columns. */
export const orderKeys = (fields: Readonly<Record<string, Field>>): Record<string, OrderKey> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, { column }]) => [name, { field: column.sql, at: () => ({ column }) }]),
  );

/**
 * An attribute as runs and experiments have it; those in `lists` can be compared with a list. MLflow refuses the
 * operators of a number as if it were a text, and leaves the closing quote out.
 */
export function attributeKey(name: string, { column, type }: Field, lists: readonly string[]): Key {
  const where = inColumn(column);
  const refused = (close: "'" | "") => (operator: string) =>
    searchErrors.comparatorNotOneOf(operator, values.textOrListOperators, close);
  if (type === "integer") {
    const read = numeric(`numeric attribute: ${shown(name)}`);
    return { read, operators: values.numericOperators, refused: refused(""), where };
  }
  const read = quotedOrList("attributes", (right) => values.listFor(name, lists, right));
  return { read, operators: values.textOrListOperators, refused: refused("'"), where };
}

/** All of these. */
export const attributeKeys = (
  fields: Readonly<Record<string, Field>>,
  lists: readonly string[] = [],
): Record<string, Key> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, attributeKey(name, field, lists)]));

/** A tag, by the rows that have it and the column of its value. */
export const tag = (rows: Sql, column: Sql): Key => ({
  read: quoted("tag (e.g. 'my-value')"),
  operators: values.textOperators,
  refused: searchErrors.comparatorOfTag,
  where: inRows(rows, column),
});

/** `column ASC` or `column DESC`, with Postgres' place for nulls: last ascending, first descending. */
export const nullsHighest = (column: Sql, ascending: boolean): Sql =>
  ascending ? sql`${column} ASC` : sql`${column} DESC`;

/** The same with nulls last in both directions, which is what MLflow's `CASE WHEN column IS NULL` comes to. */
export const nullsLast = (column: Sql, ascending: boolean): Sql =>
  ascending ? sql`${column} ASC` : sql`${column} DESC NULLS LAST`;
