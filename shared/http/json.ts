import { isSafeNumber, parse } from "lossless-json";

// A whole number of 16 or more digits may lie beyond 2^53. A match inside a string only costs the slower parser.
const wideInteger = /(?<![\d.])\d{16,}(?![\d.eE])/;
const bareNonFinite = /\b(?:NaN|Infinity)\b/;

/**
 * Parses a request body. Whole numbers beyond 2^53 become `bigint`; a bare `NaN` or `Infinity`, which Python writes,
 * becomes that number.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (bareNonFinite.test(text)) return parseLossless(quoteNonFinite(text));
  if (wideInteger.test(text)) return parseLossless(text);
  return JSON.parse(text);
}

function parseLossless(text: string): unknown {
  return parse(text, undefined, (digits) =>
    /^-?\d+$/.test(digits) && !isSafeNumber(digits) ? BigInt(digits) : Number(digits),
  );
}

/** Turns bare NaN and infinities outside strings into the strings that ProtoJSON takes for them. */
function quoteNonFinite(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}

/** JSON.stringify for values that may hold `bigint`, written as plain numbers. */
export function stringifyJson(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map((item) => stringifyJson(item) ?? "null").join(",")}]`;
  if (value !== null && typeof value === "object" && !("toJSON" in value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stringifyJson(member)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
