/**
 * What a dialect of span attributes knows (mlflow/tracing/otel/translation/base.py). Attributes are as MLflow stores
 * them: each value a JSON text.
 */
import { isTruthy, type PythonValue, parsePython } from "../../mlflow/python-json.ts";
import { parseInteger } from "../../mlflow/python-text.ts";

/** JSON texts by their keys. */
export type Attributes = ReadonlyMap<string, string>;

export interface SpanEvent {
  name: string;
  attributes: ReadonlyMap<string, PythonValue>;
}

/** The counts a model reports, in the order in which they are stored. */
export interface Tokens {
  input?: bigint;
  output?: bigint;
  total?: bigint;
  cacheRead?: bigint;
  cacheCreation?: bigint;
}

/** Rules of one dialect; a function stands where a list of keys does not say it all. All answer JSON texts. */
export interface Dialect {
  /** What the keys of its attributes begin with, up to the first dot. A span without any of them is not asked about. */
  reads: readonly string[];
  spanType?(attributes: Attributes): string | undefined;
  tokens?(attributes: Attributes): Tokens;
  input?(attributes: Attributes): string | undefined;
  output?(attributes: Attributes): string | undefined;
  inputOfEvents?(events: readonly SpanEvent[], attributes: Attributes): string | undefined;
  outputOfEvents?(events: readonly SpanEvent[], attributes: Attributes): string | undefined;
  messageFormat?(attributes: Attributes): string | undefined;
  tools?(attributes: Attributes): string | undefined;
  model?(attributes: Attributes): PythonValue | undefined;
  provider?(attributes: Attributes): PythonValue | undefined;
}

/** The value of an attribute, undefined where there is none. */
export function decodedAt(attributes: Attributes, key: string): PythonValue | undefined {
  const text = attributes.get(key);
  return text === undefined ? undefined : parsePython(text);
}

/** What a text holds, where it is JSON. */
export function unpacked(value: PythonValue): PythonValue {
  const inner = typeof value === "string" ? parsePython(value) : undefined;
  return inner === undefined ? value : inner;
}

/** The text of the attribute, unless its value is null, false, 0 or empty. */
export function filled(attributes: Attributes, key: string): string | undefined {
  const text = attributes.get(key);
  if (!text) return undefined;
  const value = parsePython(text);
  return value === undefined || isTruthy(value) ? text : undefined;
}

/** The first of these attributes that says something; a pattern stands for all keys that it fits. */
export const firstOf =
  (...keys: (string | RegExp)[]) =>
  (attributes: Attributes): string | undefined => {
    for (const key of keys) {
      const candidates = typeof key === "string" ? [key] : [...attributes.keys()].filter((one) => key.test(one));
      for (const candidate of candidates) {
        const text = filled(attributes, candidate);
        if (text !== undefined) return text;
      }
    }
    return undefined;
  };

/** The value of the first of these attributes that says something. */
export const firstValueOf =
  (...keys: string[]) =>
  (attributes: Attributes): PythonValue | undefined => {
    const text = firstOf(...keys)(attributes);
    return text === undefined ? undefined : unpacked(text);
  };

/** MLflow's type for the kind that an attribute names. */
export const kindIn =
  (key: string, types: Record<string, string>) =>
  (attributes: Attributes): string | undefined => {
    const kind = decodedAt(attributes, key);
    return typeof kind === "string" && Object.hasOwn(types, kind) ? types[kind] : undefined;
  };

/** Counts that lie in attributes of their own; of several keys the first that is there counts. */
export const tokensIn =
  (keys: { [count in keyof Tokens]: string | readonly string[] }) =>
  (attributes: Attributes): Tokens => {
    const tokens: Tokens = {};
    for (const count of ["input", "output", "total", "cacheRead", "cacheCreation"] as const) {
      const key = [keys[count] ?? []].flat().find((one) => attributes.has(one));
      const value = key === undefined ? undefined : wholeNumber(decodedAt(attributes, key));
      if (value !== undefined) tokens[count] = value;
    }
    return tokens;
  };

/** A whole number, or a text that holds one. */
function wholeNumber(value: PythonValue | undefined): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "string" ? parseInteger(value) : undefined;
}
