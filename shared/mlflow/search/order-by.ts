import { type Sql, sql } from "../../platform/db/sql.ts";
import { invalid, MlflowError } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { repr, splitWords } from "../python-text.ts";
import { parseOrderByText } from "./clauses.ts";

/** An ORDER BY list, and the joins that it needs. */
export interface Ordering {
  joins: Sql;
  orderBy: Sql;
}

/** One requested clause: its field (still quoted if nothing follows it) and its direction. */
export interface OrderClause {
  identifier: string;
  ascending: boolean;
}

/**
 * Reads `<identifier> [ASC|DESC]`.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message (mlflow/utils/search_utils.py,
 * _parse_order_by_string)
 */
export function parseOrderBy(clause: string): OrderClause {
  const text = parseOrderByText(clause);
  const words = text === undefined ? undefined : splitWords(text.replaceAll("`", '"'));
  if (text === undefined || words === undefined || words.length > 2) {
    throw invalid(`Invalid order_by clause '${shown(clause)}'. Could not be parsed.`);
  }
  const [identifier = "", direction] = words;
  if (direction === undefined) return { identifier: text.trim(), ascending: true };
  if (!/^(asc|desc)$/i.test(direction)) throw invalid(`Invalid ordering key in order_by clause '${shown(clause)}'.`);
  return { identifier: identifier.trim(), ascending: direction.toLowerCase() === "asc" };
}

/** Refuses a second clause for one field, with the status 500 that MLflow has for it. */
export function requireDistinct(seen: Set<string>, field: string, orderBy: readonly string[]): void {
  if (seen.has(field))
    throw new MlflowError("INTERNAL_ERROR", `\`order_by\` contains duplicate fields: ${shown(repr(orderBy))}`);
  seen.add(field);
}

/** `column ASC` or `column DESC`, with Postgres' place for nulls: last ascending, first descending. */
export const direction = (column: Sql, ascending: boolean): Sql =>
  ascending ? sql`${column} ASC` : sql`${column} DESC`;

/** The same with nulls last in both directions, which is what MLflow's `CASE WHEN column IS NULL` comes to. */
export const nullsLast = (column: Sql, ascending: boolean): Sql =>
  ascending ? sql`${column} ASC` : sql`${column} DESC NULLS LAST`;
