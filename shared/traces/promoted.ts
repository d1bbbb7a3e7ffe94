/** Metadata that lies in columns: session, token counts and costs (mlflow/store/tracking/utils/trace_analytics.py). */
import { parseFloatText, toFiniteFloat } from "../mlflow/python-text.ts";
import { checkLength, type KeyValue } from "../mlflow/rules.ts";
import { parseJson } from "../platform/json.ts";
import { costColumns, costKey, promotedKeys, sessionKey, tokenColumns, tokenUsageKey } from "./keys.ts";

/** Values by column. A column that is not there keeps what it has; a value that can't be read is null. */
export type Promoted = Record<string, string | number | bigint | null>;

export interface Metadata {
  columns: Promoted;
  /** What is kept in rows. */
  rows: KeyValue[];
}

/**
 * Splits a trace's metadata into what is kept in columns and what in rows.
 * @throws INVALID_PARAMETER_VALUE for a session of more than 250 characters
 */
export function splitMetadata(metadata: readonly KeyValue[]): Metadata {
  const given = new Map(metadata.map(({ key, value }) => [key, value]));
  const columns: Promoted = {};
  const session = given.get(sessionKey);
  if (session !== undefined) {
    checkLength("Session ID", 250, session);
    columns.session_id = session;
  }
  promote(columns, given.get(tokenUsageKey), tokenColumns, countOf);
  promote(columns, given.get(costKey), costColumns, toFiniteFloat);
  return { columns, rows: metadata.filter(({ key }) => !promotedKeys.includes(key)) };
}

function promote(
  columns: Promoted,
  json: string | undefined,
  names: readonly string[],
  read: (value: unknown) => Promoted[string],
): void {
  const members = json === undefined ? {} : objectIn(json);
  for (const name of names) if (Object.hasOwn(members, name)) columns[name] = read(members[name]);
}

function objectIn(json: string): Record<string, unknown> {
  try {
    const value = parseJson(json);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

const decimal = /^\s*([+-]?\d+)(?:\.0*)?\s*$/;

/** A whole number in whatever form, that a column can hold. */
function countOf(value: unknown): bigint | null {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return null;
  const text = typeof value === "number" ? plain(value) : String(value);
  const [, digits] = decimal.exec(text) ?? [];
  const count = digits === undefined || digits.length > 40 ? scientific(value) : BigInt(digits);
  return count !== null && BigInt.asIntN(64, count) === count ? count : null;
}

const plain = (value: number) => (Number.isInteger(value) ? BigInt(value).toString() : String(value));

/** `1.5e3` and the like, which only a text can be. */
function scientific(value: unknown): bigint | null {
  const number = typeof value === "string" && /e/i.test(value) ? parseFloatText(value) : undefined;
  return number !== undefined && Number.isInteger(number) ? BigInt(number) : null;
}
