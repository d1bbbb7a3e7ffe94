/** What Python's `float()`, `Decimal()` and `str.strip()` make of values that old versions of MLflow stored as JSON. */
import type { PythonValue } from "../../python-json.ts";

// What `str.strip()` takes off. `float()` leaves the first four on, which `Decimal()` does not.
const separators = "\\x1c-\\x1f";
const blanks = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const around = (set: string) => new RegExp(`^[${set}]+|[${set}]+$`, "g");
const stripped = around(blanks + separators);
const strippedByFloat = around(blanks);

/** `str.strip()`. */
export const strip = (text: string): string => text.replace(stripped, "");

/** `float()` of what JSON holds, undefined where Python refuses it, for booleans, and for what is not finite. */
export function finiteFloat(value: PythonValue | undefined): number | undefined {
  const number = asNumber(value);
  if (number === undefined || !Number.isFinite(number)) return undefined;
  // As stock writes it, in which -0.0 is a decimal number.
  return number === 0 ? 0 : number;
}

function asNumber(value: PythonValue | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" ? floatOf(value) : undefined;
}

const floatSyntax = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Undefined also for the words: none of them is a finite number. */
function floatOf(text: string): number | undefined {
  const plain = asciiDigits(text.replace(strippedByFloat, "")).replace(/(?<=\d)_(?=\d)/g, "");
  return floatSyntax.test(plain) ? Number(plain) : undefined;
}

const decimalSyntax = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;
const mostDigits = 19;
const largest = 2n ** 63n - 1n;
// Decimal() refuses exponents beyond.
const largestExponent = 1_999_999_999_999_999_997n;

/** `int(Decimal(str(value)))` of a whole number that fits in 64 bits; undefined for all else. */
export function wholeNumber(value: PythonValue | undefined): bigint | undefined {
  if (typeof value === "bigint") return inRange(value);
  if (typeof value === "number") return wholeOf(String(value));
  return typeof value === "string" ? wholeOf(asciiDigits(strip(value)).replaceAll("_", "")) : undefined;
}

function wholeOf(text: string): bigint | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] = decimalSyntax.exec(text) ?? [];
  if (whole + fraction === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  if (power > largestExponent || power < -largestExponent) return undefined;
  if (significant === "") return 0n;
  if (power < 0n || BigInt(significant.length) + power > BigInt(mostDigits)) return undefined;
  const size = BigInt(significant) * 10n ** power;
  return inRange(sign === "-" ? -size : size);
}

const inRange = (value: bigint): bigint | undefined => (value <= largest && value >= -largest - 1n ? value : undefined);

/** Digits of all scripts as those of ASCII. */
const asciiDigits = (text: string): string => text.replace(/[^\P{Nd}\d]/gu, (digit) => String(digitOf(digit)));

/** Unicode has the digits of a script in a row, from zero on; the rows of the mathematical ones follow each other. */
function digitOf(digit: string): number {
  const point = digit.codePointAt(0)!;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(point - before - 1))) before++;
  return before % 10;
}
