import { parse } from "lossless-json";
import { invalid } from "./errors.ts";

// A whole number of 16 or more digits may lie beyond 2^53. A match inside a string only costs the slower parser.
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
  if (bareNonFinite.test(text)) return parseLossless(quoteNonFinite(text));
  if (wideInteger.test(text)) return parseLossless(text);
  return JSON.parse(text);
}

/** @throws MlflowError for JSON that is nested too deeply or holds too much: one pass over the text, before any of it is built */
export function checkShape(text: string, maxValues = Number.POSITIVE_INFINITY): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at) - 1;
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

/** Where the string that begins at `open` ends; the end of the text where nothing closes it. */
function endOfString(text: string, open: number): number {
  for (let from = open + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return text.length;
    let escapes = quote;
    while (text.charCodeAt(escapes - 1) === 0x5c) escapes--;
    from = quote + 1;
    if ((quote - escapes) % 2 === 0) return from;
  }
}

// BigInt takes long for what is beyond every integer type anyway.
const maxDigits = 400;

function parseLossless(text: string): unknown {
  return parse(text, undefined, (digits) => {
    const number = Number(digits);
    const exact = Number.isSafeInteger(number) || digits.length > maxDigits || !/^-?\d+$/.test(digits);
    return exact ? number : BigInt(digits);
  });
}

/** Turns bare NaN and infinities outside strings into the strings that ProtoJSON takes for them. */
function quoteNonFinite(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('"', at);
    const quote = found === -1 ? text.length : found;
    const end = endOfString(text, quote);
    pieces.push(text.slice(at, quote).replace(/-?\b(?:NaN|Infinity)\b/g, '"$&"'), text.slice(quote, end));
    at = end;
  }
  return pieces.join("");
}
