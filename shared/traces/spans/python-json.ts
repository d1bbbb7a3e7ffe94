/** Values of attributes, and the JSON that Python's json module makes of them and reads. */
import { floatText, reprBytes } from "../../mlflow/python-text.ts";
import { parseJson } from "../../platform/json.ts";

/** `bigint` is Python's int, `number` its float, a Map its dict. */
export type PythonValue = null | boolean | string | bigint | number | Uint8Array | PythonValue[] | PythonDict;
export type PythonDict = Map<string, PythonValue>;

/**
 * `json.dumps(value, ensure_ascii=False)` with bytes as their `repr()`. Floats that JSON has no form for are `NaN` and
 * `Infinity`.
 */
export function dumps(value: PythonValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return floatJson(value);
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(reprBytes(value));
  if (Array.isArray(value)) return `[${value.map(dumps).join(", ")}]`;
  return `{${Array.from(value, ([key, member]) => `${JSON.stringify(key)}: ${dumps(member)}`).join(", ")}}`;
}

function floatJson(value: number): string {
  if (Number.isFinite(value)) return floatText(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** The same text with `ensure_ascii`, Python's default. */
export const asciiOnly = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

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
