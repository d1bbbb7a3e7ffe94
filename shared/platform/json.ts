import { randomUUID } from "node:crypto";
import { invalid, MlflowError } from "./errors.ts";

/** As deep as protobuf's JSON parser goes. */
const usualDepth = 100;

/** What is refused of JSON that holds more values than it may. */
export class TooManyValues extends MlflowError {
  constructor(most: number) {
    super("INVALID_PARAMETER_VALUE", `The request holds more than ${most} values. Split it into several.`);
  }
}

/**
 * Parses JSON that someone sent. Whole numbers beyond 2^53 become `bigint`; a bare `NaN` or `Infinity`, which Python
 * writes, becomes that number. What is nested too deeply or holds more than `maxValues` is refused before any of it is
 * built.
 * @param bytes the same in UTF-8, where they are at hand
 * @throws SyntaxError
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function parseJson(text: string, maxValues?: number, maxDepth?: number, bytes?: Uint8Array): unknown {
  return checkShape(text, maxValues, maxDepth, bytes) ? JSON.parse(text) : parseMarked(text);
}

/**
 * One pass over JSON before any of it is built. Answers whether `JSON.parse` would keep all of it: false for a bare NaN
 * or Infinity, or a whole number of 16 digits, which may lie beyond 2^53.
 * @param bytes the same in UTF-8, where they are at hand: V8 reads them in half the time of a text
 * @throws MlflowError for what is nested too deeply, TooManyValues
 */
export function checkShape(
  text: string,
  maxValues = Number.POSITIVE_INFINITY,
  maxDepth = usualDepth,
  bytes: Uint8Array = Buffer.from(text),
): boolean {
  let [depth, values, kept] = [0, 1, true];
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at]!;
    if (code >= 0x30 && code <= 0x39) {
      const first = at;
      for (let next = code; next >= 0x30 && next <= 0x39; next = bytes[++at] ?? 0);
      const isFraction = first > 0 && bytes[first - 1] === 0x2e;
      if (at - first >= 16 && !isFraction) kept = false;
      at--;
      continue;
    }
    switch (code) {
      case 0x22: // "
        at = endOfQuoted(bytes, at) - 1;
        if (at < 0) throw new SyntaxError("A string is not closed.");
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) throw invalid(`The request is nested deeper than ${maxDepth} levels.`);
        values++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        values++;
        break;
      case 0x49: // I
      case 0x4e: // N
        kept = false;
    }
    if (values > maxValues) throw new TooManyValues(maxValues);
  }
  return kept;
}

/** The same as `endOfString`. Most strings are short, and a call of `indexOf` takes as long as some thirty bytes. */
function endOfQuoted(bytes: Uint8Array, open: number): number {
  const near = Math.min(bytes.length, open + 32);
  for (let at = open + 1; at < near && bytes[at] !== 0x5c; at++) if (bytes[at] === 0x22) return at + 1;
  for (let quote = bytes.indexOf(0x22, open + 1); quote !== -1; quote = bytes.indexOf(0x22, quote + 1)) {
    let before = quote - 1;
    while (bytes[before] === 0x5c) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return -1;
}

/** Behind the string that begins at `open`; -1 where nothing closes it. */
export function endOfString(text: string, open: number): number {
  for (let quote = text.indexOf('"', open + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === 0x5c) before--;
    const isEscaped = (quote - before) % 2 === 0;
    if (!isEscaped) return quote + 1;
  }
  return -1;
}

// No input can hold a string that begins so.
const mark = randomUUID();
const notKept = /-?\d[\d.eE+-]*|-?\b(?:NaN|Infinity)\b/g;
// A number beyond every integer type is not converted: BigInt takes long for it.
const wholeNumber = /^-?[1-9]\d{0,399}$/;

/**
 * Parses JSON of which `JSON.parse` would not keep everything: bare NaN and infinities become the strings that
 * ProtoJSON takes for them, whole numbers beyond 2^53 strings that are told by their mark. A parser in JavaScript takes
 * 7 s for 7 MB.
 */
function parseMarked(text: string): unknown {
  let marked = false;
  const kept = outsideStrings(text, (token) => {
    if (!/\d/.test(token)) return `"${token}"`;
    if (Number.isSafeInteger(Number(token)) || !wholeNumber.test(token)) return token;
    marked = true;
    return `"${mark}${token}"`;
  });
  return marked ? JSON.parse(kept, (_, value) => unmarked(value)) : JSON.parse(kept);
}

const unmarked = (value: unknown) =>
  typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value;

function outsideStrings(text: string, replace: (token: string) => string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('"', at);
    const quote = found === -1 ? text.length : found;
    const end = found === -1 ? text.length : endOfString(text, quote);
    pieces.push(text.slice(at, quote).replace(notKept, replace), text.slice(quote, end));
    at = end;
  }
  return pieces.join("");
}
