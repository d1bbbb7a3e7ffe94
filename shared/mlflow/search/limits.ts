/**
 * How large a search may be. Each limit lies beyond what a stock server gets through: it refuses a filter of more than
 * 10,000 tokens (3,300 run ids behind IN), and needs 24 s for a filter of 100 params and minutes for one of 300. Below
 * them parsing takes some 100 ms at most, and so does Postgres' planning, which grows with the square of the joins.
 */
import { invalid } from "../../platform/errors.ts";

/**
 * Characters of a filter. Some 5,000 run ids behind IN have 180,000, the longest tag that can be stored has 100,000.
 */
const maxFilterLength = 262_144;
/** Words, texts in quotes, signs and blanks between them, as stock counts its tokens. */
const maxTokens = 10_000;
/** Characters that are not in quotes. A hundred comparisons with the longest keys have 26,000. */
const maxUnquoted = 32_768;
/** Comparisons of a filter, each of which is a sub-query. A list behind IN is one. */
export const maxComparisons = 100;
/** Comparisons, the ANDs between them (which may be doubled), and what makes no sense, which a refusal names. */
export const maxItems = 3 * maxComparisons;
/** Entries of order_by, each of which can be a join. */
const maxOrderBy = 30;
/** Characters of one entry of order_by: a key has at most 250. */
const maxOrderByLength = 2_000;
/** Datasets of a logged models search. */
export const maxDatasets = 100;

const token = /'[^']*'|"[^"]*"|[\p{L}\p{N}_]+|\s+|[\s\S]/gu;

/**
 * Refuses a filter that is too long, before it is parsed.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function checkFilterSize(filter: string): void {
  if (filter.length > maxFilterLength)
    throw invalid(`A filter can have at most ${maxFilterLength} characters, got ${filter.length}.`);
  if (filter.length <= maxTokens) return;
  let unquoted = 0;
  let tokens = 0;
  for (const [text] of filter.matchAll(token)) {
    if (++tokens > maxTokens) throw invalid(`A filter can have at most ${maxTokens} words and signs.`);
    if (text.length === 1 || !/^['"]/.test(text)) unquoted += text.length;
    if (unquoted > maxUnquoted) throw invalid(`A filter can have at most ${maxUnquoted} characters outside of quotes.`);
  }
}

/** @throws MlflowError INVALID_PARAMETER_VALUE */
export function checkOrderBySize(clauses: readonly string[]): void {
  if (clauses.length > maxOrderBy)
    throw invalid(`order_by can have at most ${maxOrderBy} entries, got ${clauses.length}.`);
  const long = clauses.find((clause) => clause.length > maxOrderByLength);
  if (long !== undefined)
    throw invalid(`An entry of order_by can have at most ${maxOrderByLength} characters, got ${long.length}.`);
}
