import { invalid } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { repr, splitWords } from "../python-text.ts";
import { searchErrors } from "./errors.ts";
import { parse } from "./filter.peggy";
import { checkFilterSize, maxComparisons, maxItems } from "./limits.ts";

/** One side of a comparison, as it was written. */
export interface Operand {
  kind: "identifier" | "string" | "integer" | "float" | "parenthesis" | "call" | "operation" | "null";
  text: string;
}

/**
 * `left operator right`; `right` is missing for `IS NULL` and `IS NOT NULL` only. The operator is as it was written.
 */
export interface Comparison {
  type: "comparison";
  left: Operand;
  operator: string;
  right?: Operand;
  text: string;
}

type Item = Comparison | { type: "and" | "other"; text: string };

/**
 * How the refusals of a search are worded: most name the clauses that make no sense, logged models the whole filter.
 */
export interface Refusals {
  stray(texts: string[], filter: string): string;
  unparsable(filter: string): string;
  notOne(filter: string, count: number): string;
}

/** Wording of runs; `mark` puts the quotes around a clause that runs have and the others lack. */
export const refusals = (mark: (clause: string) => string): Refusals => ({
  stray: (texts) => `Invalid clause(s) in filter string: ${shown(texts.map(mark).join(", "))}`,
  unparsable: (filter) => `Error on parsing filter '${shown(filter)}'`,
  notOne: (filter, count) =>
    count === 0
      ? `Invalid filter '${shown(filter)}'. Could not be parsed.`
      : `Search filter contained multiple expression ${shown(repr(filter))}. Provide AND-ed expression list.`,
});

/**
 * The comparisons of a filter, all of which must hold; none for an empty filter. As in MLflow, `AND` may be left out
 * or doubled.
 * @param timestamp whether the keyword `timestamp` can be compared with a whole number
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message (mlflow/utils/search_utils.py)
 */
export function parseFilter(filter: string | undefined, wording: Refusals, timestamp = false): Comparison[] {
  const items = parseItems(filter, wording, timestamp);
  const stray = items.filter((item) => item.type === "other").map((item) => item.text);
  if (stray.length > 0) throw invalid(wording.stray(stray, filter ?? ""));
  return items.filter((item) => item.type === "comparison");
}

/**
 * Everything in a filter in its written order, including what belongs to no clause.
 * @throws MlflowError INVALID_PARAMETER_VALUE where there is more than one statement, or none but blanks, or too much
 */
export function parseItems(filter: string | undefined, wording: Refusals, timestamp = false): Item[] {
  if (!filter) return [];
  checkFilterSize(filter);
  if (filter.includes("\0")) throw searchErrors.nulInFilter();
  const items = read<Item[]>(timestamp ? "filter with timestamp" : "filter", filter);
  if (items === undefined) throw invalid(wording.unparsable(filter));
  if (items.length > maxItems || items.filter(({ type }) => type === "comparison").length > maxComparisons)
    throw invalid(`A filter can have at most ${maxComparisons} comparisons.`);
  if (items.length === 0) throw invalid(wording.notOne(filter, 0));
  const semicolon = items.findIndex((item) => item.text === ";");
  if (semicolon >= 0 && semicolon < items.length - 1) throw invalid(wording.notOne(filter, 2));
  return items;
}

/** Refuses a comparison whose left side is no identifier, such as `tags.a-b = 'x'`, where SQL sees a subtraction. */
export function requireIdentifier({ left }: Comparison): void {
  if (left.kind !== "identifier") {
    throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${shown(left.text)}'`);
  }
}

/**
 * Reads `<identifier> [ASC|DESC]`; the identifier is still quoted if nothing follows it.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message (mlflow/utils/search_utils.py,
 * _parse_order_by_string)
 */
export function parseOrderBy(clause: string): { identifier: string; ascending: boolean } {
  const text = clause.includes("\0") ? undefined : read<{ text: string }>("order_by", clause)?.text;
  const words = text === undefined ? undefined : splitWords(text.replaceAll("`", '"'));
  if (text === undefined || words === undefined || words.length > 2) {
    throw invalid(`Invalid order_by clause '${shown(clause)}'. Could not be parsed.`);
  }
  const [identifier = "", direction] = words;
  if (direction === undefined) return { identifier: text.trim(), ascending: true };
  if (!/^(asc|desc)$/i.test(direction)) throw invalid(`Invalid ordering key in order_by clause '${shown(clause)}'.`);
  return { identifier: identifier.trim(), ascending: direction.toLowerCase() === "asc" };
}

/** A list behind IN: strings, or the text of other literals; undefined where Python would not read it as a list. */
export const parseList = (text: string): (string | { literal: string })[] | undefined => read("list", text);

type Language = "filter" | "filter with timestamp" | "order_by" | "list";

const parsed = new Map<string, unknown>();
const maxParsed = 1000;
const maxParsedLength = 1000;

/** Parses a text once: clients repeat their filters, and the default orders come with every search. */
function read<T>(language: Language, text: string): T | undefined {
  // Long texts are generated and rarely repeated, so they are not kept.
  if (text.length > maxParsedLength) return parseAs(language, text) as T | undefined;
  const key = `${language} ${text}`;
  if (!parsed.has(key)) {
    if (parsed.size === maxParsed) parsed.clear();
    parsed.set(key, parseAs(language, text));
  }
  return parsed.get(key) as T | undefined;
}

function parseAs(written: Language, text: string): unknown {
  const timestamp = written === "filter with timestamp";
  try {
    return parse(text, { language: timestamp ? "filter" : written, timestamp, maxItems: maxItems + 1 });
  } catch (error) {
    // A syntax error, or a stack overflow caused by deep nesting.
    if (error instanceof RangeError || (error instanceof Error && error.name === "SyntaxError")) return undefined;
    throw error;
  }
}
