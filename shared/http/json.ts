import { randomUUID } from "node:crypto";
import { invalid } from "./errors.ts";

// A whole number of 16 or more digits may lie beyond 2^53. A match inside a string only costs another look.
const wideInteger = /(?<![\d.])\d{16,}(?![\d.eE])/;
const bareNonFinite = /\b(?:NaN|Infinity)\b/;

/** As deep as protobuf's JSON parser goes. */
const maxDepth = 100;

/**
 * Parses JSON that someone sent. Whole numbers beyond 2^53 become `bigint`; a bare `NaN` or `Infinity`, which Python writes,
 * becomes that number. What is nested too deeply or holds more than `maxValues` is refused before any of it is built.
 * @throws SyntaxError
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function parseJson(text: string, maxValues?: number): unknown {
  checkShape(text, maxValues);
  return bareNonFinite.test(text) || wideInteger.test(text) ? parseMarked(text) : JSON.parse(text);
}

/** @throws MlflowError for JSON that is nested too deeply or holds too much: one pass over the text, before any of it is built */
export function checkShape(text: string, maxValues = Number.POSITIVE_INFINITY): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at) - 1;
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
    }
    if (values > maxValues) throw invalid(`The request holds more than ${maxValues} values. Split it into several.`);
  }
}

/** Where the string that begins at `open` ends; -1 where nothing closes it. */
function endOfString(text: string, open: number): number {
  for (let from = open + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return -1;
    let escapes = quote;
    while (text.charCodeAt(escapes - 1) === 0x5c) escapes--;
    from = quote + 1;
    if ((quote - escapes) % 2 === 0) return from;
  }
}

// Nobody else can write a string that begins so.
const mark = randomUUID();
const notKept = /-?\d[\d.eE+-]*|-?\b(?:NaN|Infinity)\b/g;
// BigInt takes long for what is beyond every integer type anyway.
const wholeNumber = /^-?[1-9]\d{0,399}$/;

/**
 * Parses JSON of which `JSON.parse` would not keep everything: bare NaN and infinities become the strings that ProtoJSON takes for
 * them, whole numbers beyond 2^53 strings that are told by their mark. A parser in JavaScript takes 7 s for 7 MB.
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
