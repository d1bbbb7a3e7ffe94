/**
 * JSON as Python reads and writes it, for values that MLflow stores as Python's text: whole numbers of any size stay
 * apart from floats (`1` and `1.0`), NaN and infinities are bare words, and the keys of an object keep their order.
 */
import { endOfString } from "../platform/json.ts";
import { floatText, reprBytes } from "./python-text.ts";

/** A `bigint` is Python's int, a `number` its float, a Map its dict. */
export type PythonValue = null | boolean | string | bigint | number | Uint8Array | PythonValue[] | PythonDict;
export type PythonDict = Map<string, PythonValue>;

const words: Record<string, PythonValue> = {
  null: null,
  true: true,
  false: false,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

const token = /[ \t\n\r]*(?:([{}[\],:])|"|(-?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?|(null|true|false|NaN|-?Infinity))/y;
const maxDepth = 200;
// As many as Python converts.
const maxDigits = 4300;

/** `json.loads`; undefined for what is no JSON, or nested deeper than 200 levels. */
export function parsePython(text: string): PythonValue | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  return reader.isAtEnd() ? value : undefined;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return /^[ \t\n\r]*$/.test(this.#text.slice(this.#at));
  }

  value(depth: number): PythonValue | undefined {
    const found = this.#next();
    if (!found || depth > maxDepth) return undefined;
    const [all, sign, whole, fraction, exponent, word] = found;
    if (sign === "{") return this.#object(depth + 1);
    if (sign === "[") return this.#array(depth + 1);
    if (sign) return undefined;
    if (word) return words[word];
    if (whole === undefined) return this.#string();
    if (fraction ?? exponent) return Number(all);
    return whole.length > maxDigits ? undefined : BigInt(whole);
  }

  #next(): RegExpExecArray | undefined {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text);
    if (found) this.#at = token.lastIndex;
    return found ?? undefined;
  }

  #sign(): string | undefined {
    return this.#next()?.[1];
  }

  /** Whether the sign comes next, which is taken then. */
  #takes(sign: string): boolean {
    const before = this.#at;
    if (this.#sign() === sign) return true;
    this.#at = before;
    return false;
  }

  #string(): string | undefined {
    const open = this.#at - 1;
    const end = endOfString(this.#text, open);
    if (end === -1) return undefined;
    this.#at = end;
    try {
      return JSON.parse(this.#text.slice(open, end));
    } catch {
      return undefined;
    }
  }

  #array(depth: number): PythonValue[] | undefined {
    const items: PythonValue[] = [];
    if (this.#takes("]")) return items;
    while (true) {
      const item = this.value(depth);
      if (item === undefined) return undefined;
      items.push(item);
      const sign = this.#sign();
      if (sign === "]") return items;
      if (sign !== ",") return undefined;
    }
  }

  #object(depth: number): PythonDict | undefined {
    const object: PythonDict = new Map();
    if (this.#takes("}")) return object;
    while (true) {
      const key = this.value(maxDepth);
      if (typeof key !== "string" || this.#sign() !== ":") return undefined;
      const value = this.value(depth);
      if (value === undefined) return undefined;
      object.set(key, value);
      const sign = this.#sign();
      if (sign === "}") return object;
      if (sign !== ",") return undefined;
    }
  }
}

/**
 * `json.dumps(value, ensure_ascii=False)`: a blank after each comma and colon, characters beyond ASCII as they are.
 * Bytes become their `repr()`.
 */
export function dumpPython(value: PythonValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return floatJson(value);
  if (value instanceof Uint8Array) return JSON.stringify(reprBytes(value));
  if (Array.isArray(value)) return `[${value.map(dumpPython).join(", ")}]`;
  return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}: ${dumpPython(item)}`).join(", ")}}`;
}

/** `json.dumps(value)`: characters beyond ASCII escaped. */
export const dumpPythonAscii = (value: PythonValue): string =>
  dumpPython(value).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function floatJson(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return floatText(value);
}

/** Whether Python takes the value for true in a condition. */
export function isTruthy(value: PythonValue | undefined): boolean {
  if (typeof value === "number") return value !== 0;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}
