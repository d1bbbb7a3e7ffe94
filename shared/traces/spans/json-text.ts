/** JSON texts of attributes, where it does not matter whether a number is a float. */
import { parseJson } from "../../platform/json.ts";

/** What `loads` answers for text that is no JSON. */
export const notJson = Symbol("not JSON");

/** `json.loads(text)`, with objects as objects and without telling ints from floats. */
export function loads(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/NaN|Infinity/.test(text)) return notJson;
  }
  try {
    return parseJson(text);
  } catch {
    return notJson;
  }
}

// What needs an escape, or may: half of a surrogate pair.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON escapes.
const escaped = /["\\\x00-\x1f\ud800-\udfff]/;

/** `JSON.stringify(text)`, which takes twice as long for a short text that needs no escapes. */
export const quoted = (text: string): string => (escaped.test(text) ? JSON.stringify(text) : `"${text}"`);

/** The text that JSON text is, or else the JSON text itself. */
export function textIn(json: string): string {
  if (!/^\s*"/.test(json)) return json;
  const value = loads(json);
  return typeof value === "string" ? value : json;
}

/** The members of JSON text that is an object. */
export function objectIn(json: string | undefined): Record<string, unknown> | undefined {
  const value = json === undefined ? undefined : loads(json);
  return isObject(value) ? value : undefined;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
