import { invalid } from "../../platform/errors.ts";
import { parseJson } from "../../platform/json.ts";
import { shown } from "../../platform/shown.ts";
import { parseInteger, repr, reprBytes } from "../python-text.ts";
import { searchErrors } from "./errors.ts";

/** What a token says: how many rows to skip. Other members are ignored here. */
export interface PageToken {
  offset: number;
  [member: string]: unknown;
}

/**
 * The token of the page that begins `offset` rows in: base64 of `{"offset": n}`, as MLflow's; `more` is put beside it,
 * and a stock server that reads such a token does not mind.
 */
export function encodePageToken(offset: number, more: Readonly<Record<string, unknown>> = {}): string {
  const rest = Object.entries(more).map(([name, value]) => `, ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return Buffer.from(`{"offset": ${offset}${rest.join("")}}`).toString("base64");
}

/**
 * Reads a page token; no token is the first page.
 * @throws MlflowError INVALID_PARAMETER_VALUE with MLflow's message (mlflow/utils/search_utils.py,
 *   parse_start_offset_from_page_token); also for what MLflow answers with 500, such as a list or a negative offset
 */
export function decodePageToken(token: string | undefined | null): PageToken {
  if (!token) return { offset: 0 };
  const bytes = decodeBase64(token);
  if (bytes === undefined) throw invalid("Invalid page token, could not base64-decode");
  const parsed = parsedJson(bytes);
  if (parsed === undefined)
    throw invalid(`Invalid page token, decoded value=${shown(reprBytes(bytes.subarray(0, 1000)))}`);
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) {
    throw searchErrors.tokenNotParsed(parsed);
  }
  const members: Record<string, unknown> = { ...parsed };
  const written = members.offset;
  if (!written) throw searchErrors.tokenNotParsed(parsed);
  const offset = offsetOf(written);
  if (offset === undefined) {
    throw invalid(`Invalid page token, not stringable ${shown(typeof written === "string" ? written : repr(written))}`);
  }
  return { ...members, offset };
}

/** What `read` answers; where it refuses, `check` may refuse first: a wrong filter comes before a wrong token. */
export function readAfter<T>(check: () => void, read: () => T): T {
  try {
    return read();
  } catch (error) {
    check();
    throw error;
  }
}

function offsetOf(written: unknown): number | undefined {
  const number =
    typeof written === "string"
      ? Number(parseInteger(written) ?? Number.NaN)
      : typeof written === "number" || typeof written === "boolean"
        ? Math.trunc(Number(written))
        : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Python's lenient base64: other characters are skipped, but the padding must be right. */
function decodeBase64(token: string): Buffer | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
  if (!/^[\x00-\x7f]*$/.test(token)) return undefined;
  const kept = token.replace(/[^A-Za-z0-9+/=]/g, "");
  const digits = /^[^=]*/.exec(kept)?.[0] ?? "";
  const padding = kept.length - digits.length;
  const missing = (4 - (digits.length % 4)) % 4;
  if (missing === 3 || padding < missing) return undefined;
  return Buffer.from(digits, "base64");
}

function parsedJson(bytes: Buffer): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** What a logged models token repeats of its search, so that it can't be used for another one. */
export interface LoggedModelsSearch {
  experiment_ids: readonly string[];
  filter_string: string | null;
  order_by: readonly LoggedModelOrder[] | null;
}

/**
 * The token of a later page of a logged models search (SearchLoggedModelsPaginationToken of
 * mlflow/utils/search_utils.py).
 */
export function encodeLoggedModelsToken(search: LoggedModelsSearch, offset: number): string {
  const { experiment_ids, filter_string, order_by } = search;
  return Buffer.from(JSON.stringify({ experiment_ids, filter_string, order_by: plain(order_by), offset })).toString(
    "base64",
  );
}

/**
 * The offset a logged models token stands for, after a check that it belongs to this search.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function decodeLoggedModelsToken(token: string | undefined | null, search: LoggedModelsSearch): number {
  if (!token) return 0;
  const bytes = decodeBase64(token);
  const parsed = bytes === undefined ? undefined : parsedJson(bytes);
  if (parsed === null || typeof parsed !== "object") throw searchErrors.invalidToken(token);
  const found: Record<string, unknown> = { ...parsed };
  const offset = found.offset ? offsetOf(found.offset) : 0;
  if (offset === undefined) throw searchErrors.invalidToken(token);
  const { experiment_ids, filter_string, order_by } = search;
  requireSame(
    "Experiment IDs in the page token do not match the requested experiment IDs",
    experiment_ids,
    found.experiment_ids,
  );
  requireSame(
    "Filter string in the page token does not match the requested filter string",
    filter_string || null,
    found.filter_string || null,
  );
  requireSame(
    "Order by in the page token does not match the requested order by",
    plain(order_by),
    found.order_by || null,
  );
  return offset;
}

function requireSame(refusal: string, expected: unknown, found: unknown): void {
  if (repr(expected) === repr(found)) return;
  const written = (value: unknown): string => shown(typeof value === "string" ? value : repr(value));
  throw invalid(`${refusal}. Expected: ${written(expected)}. Found: ${written(found)}`);
}

/** The clauses as MLflow's handler hands them on: all four members, in its order. */
const plain = (orderBy: LoggedModelsSearch["order_by"]): unknown =>
  !orderBy || orderBy.length === 0
    ? null
    : orderBy.map(({ field_name, ascending, dataset_name, dataset_digest }) => ({
        field_name,
        ascending: ascending ?? true,
        dataset_name: dataset_name || null,
        dataset_digest: dataset_digest || null,
      }));

/** One clause of order_by: `metrics.<name>`, optionally on one dataset, or an attribute. */
export interface LoggedModelOrder {
  field_name: string;
  ascending?: boolean;
  dataset_name?: string | null;
  dataset_digest?: string | null;
}
