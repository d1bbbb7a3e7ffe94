import { type Sql, sql } from "../../platform/db/sql.ts";
import { invalid } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { parseInteger, repr } from "../python-text.ts";
import { type Operand, parseList } from "./clauses.ts";
import { searchErrors } from "./errors.ts";

/** What a key is compared with: a text, a whole number, a float, or a list of texts or of whole numbers. */
export type Value = Single | readonly Single[];

type Single = string | bigint | number;

const operators: Readonly<Record<string, Sql>> = {
  "=": sql`=`,
  "!=": sql`<>`,
  "<": sql`<`,
  "<=": sql`<=`,
  ">": sql`>`,
  ">=": sql`>=`,
  LIKE: sql`LIKE`,
  ILIKE: sql`ILIKE`,
  RLIKE: sql`~`,
};

type Operators = readonly string[];
export const numericOperators: Operators = [">", ">=", "!=", "=", "<", "<="];
export const textOperators: Operators = ["!=", "=", "LIKE", "ILIKE"];
export const listOperators: Operators = ["IN", "NOT IN"];
export const textOrListOperators: Operators = [...textOperators, ...listOperators];
export const nullOperators: Operators = ["IS NULL", "IS NOT NULL"];

/**
 * `column operator value` with the value as a parameter. The operator is one that the entity allows, in upper case.
 * @throws MlflowError INVALID_PARAMETER_VALUE where a list meets an operator without lists or the other way round, or a
 *   LIKE pattern ends in its escape character (in MLflow the database refuses these, with status 500)
 */
export function compare(column: Sql, operator: string, value: Value): Sql {
  if (listOperators.includes(operator)) {
    if (!isList(value)) throw invalid(`Expected a list of quoted string values for '${shown(operator)}'.`);
    if (value.length === 0) return operator === "IN" ? sql`FALSE` : sql`TRUE`;
    return operator === "IN"
      ? sql`${column} = ANY(${listParameter(value)})`
      : sql`${column} <> ALL(${listParameter(value)})`;
  }
  const [symbol, compared] = single(operator, value);
  return sql`${column} ${symbol} ${compared}`;
}

/**
 * The same for one value, which plans are not made for: of the plan for a narrow range Postgres would expect so much
 * that it plans each page anew, which takes longer than the page.
 */
export function compareUnseen(column: Sql, operator: string, value: Value): Sql {
  const [symbol, compared] = single(operator, value);
  return sql`${column} ${symbol} (SELECT ${compared})`;
}

function single(operator: string, value: Value): [symbol: Sql, value: Sql] {
  const symbol = operators[operator];
  // `= ('a')` is `= 'a'` to Postgres, and so to MLflow.
  const one = isList(value) && value.length === 1 ? value[0] : value;
  if (symbol === undefined || one === undefined || isList(one)) throw searchErrors.comparatorOfList(operator);
  if (typeof one === "string" && operator.endsWith("LIKE") && endsInEscape(one)) {
    throw invalid(`Invalid pattern ${shown(repr(one))}: it must not end with the escape character.`);
  }
  return [symbol, parameter(one)];
}

const isList = (value: Value | undefined): value is readonly Single[] => Array.isArray(value);

/** A text, or each of a list, as the whole number it stands for. */
export const toIntegers = (value: Value, integerOf: (text: string) => bigint): Value =>
  isList(value) ? value.map((one) => integerOf(String(one))) : integerOf(String(value));

function endsInEscape(pattern: string): boolean {
  let slashes = 0;
  while (pattern[pattern.length - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

/** Numbers keep their digits: int64 columns are compared with what was written, not with its nearest double. */
function parameter(value: Single): Sql {
  if (typeof value === "string") return sql`${value}::text`;
  if (typeof value === "bigint") return isInt64(value) ? sql`${String(value)}::bigint` : sql`${String(value)}::numeric`;
  return Number.isFinite(value) ? sql`${String(value)}::numeric` : sql`${String(value)}::float8`;
}

const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

function listParameter(values: readonly Single[]): Sql {
  const texts = values.map(String);
  if (values.every((value) => typeof value === "string")) return sql`${texts}::text[]`;
  const int64 = values.every((value) => typeof value === "bigint" && isInt64(value));
  return int64 ? sql`${texts}::bigint[]` : sql`${texts}::numeric[]`;
}

/** A metric's value compared with a double; NaN rows are the caller's. */
export const compareDouble = (column: Sql, operator: string, value: number): Sql =>
  sql`${column} ${operators[operator] ?? sql`=`} ${String(value)}::float8`;

/** The number an integer or float token stands for. */
export function numberOf(operand: Operand): bigint | number {
  if (operand.kind === "float") return Number(operand.text);
  const value = parseInteger(operand.text);
  if (value === undefined) throw invalid("Exceeds the limit (4300 digits) for integer values.");
  return value;
}

/** Is this a text in quotes? (An unquoted or backticked name gets this far too; `textOf` refuses it.) */
export const isText = (operand: Operand): boolean => operand.kind === "string" || operand.kind === "identifier";

export const isNumber = (operand: Operand): boolean => operand.kind === "integer" || operand.kind === "float";

/** The text between a value's quotes. Nothing is unescaped in it, `''` stays two quotes, as in MLflow. */
export function textOf(operand: Operand): string {
  const { text } = operand;
  if (isQuoted(text, "'") || isQuoted(text, '"')) return text.slice(1, -1);
  throw invalid(
    "Parameter value is either not quoted or unidentified quote " +
      `types used for string value ${shown(text)}. Use either single or double quotes.`,
  );
}

const isQuoted = (text: string, quote: string): boolean =>
  text.length >= 2 && text.startsWith(quote) && text.endsWith(quote);

export const withoutBackticks = (text: string): string => (isQuoted(text, "`") ? text.slice(1, -1) : text);

/** A key without the quotes around it: first ' or ", then backticks, as MLflow takes them off. */
export const keyOf = (text: string): string =>
  withoutBackticks(isQuoted(text, "'") || isQuoted(text, '"') ? text.slice(1, -1) : text);

/**
 * The texts of `('a', 'b')`, with Python's escapes.
 * @throws MlflowError INVALID_PARAMETER_VALUE for empty and ill-formed lists, and for lists of anything but texts
 */
export function listOf(operand: Operand): readonly string[] {
  const items = parseList(operand.text);
  if (items === undefined) {
    throw invalid(
      "While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.",
    );
  }
  if (items.length === 0) {
    throw invalid("While parsing a list in the query, expected a non-empty list of string values, but got empty list");
  }
  const texts = items.filter((item) => typeof item === "string");
  if (texts.length < items.length) {
    const written = items.map((item) => (typeof item === "string" ? repr(item) : item.literal));
    throw invalid(
      "While parsing a list in the query, expected string value, punctuation, " +
        `or whitespace, but got different type in list: (${shown(written.join(", "))}${written.length === 1 ? "," : ""})`,
    );
  }
  if (texts.some((item) => item.includes("\0"))) throw searchErrors.nulInFilter();
  return texts;
}

/** The same for an attribute, which must be among `keys`. */
export function listFor(key: string, keys: readonly string[], operand: Operand): readonly string[] {
  if (keys.includes(key)) return listOf(operand);
  throw invalid(`Only ${repr([...keys].sort())} attributes support comparison with a list of quoted string values.`);
}
