/**
 * How Python writes and reads the values that MLflow's messages quote and its search language takes over as they are.
 */

const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** `repr()` of a JSON value: strings quoted, `None`, `True`, lists and dicts with Python's separators. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "string") return reprText(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : floatText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
    .join(", ")}}`;
}

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what Python escapes here.
  const body = text.replace(/[\\\n\r\t\x00-\x1f\x7f-\xa0]/g, (character) => escapes[character] ?? hex(character));
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

const hex = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;

/** `repr()` of bytes, such as `b'{"a"'`. */
export function reprBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => (byte < 0x7f ? String.fromCharCode(byte) : "")).join("");
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const one = (byte: number): string => {
    const character = String.fromCharCode(byte);
    if (character === quote) return `\\${quote}`;
    return escapes[character] ?? (byte < 0x20 || byte > 0x7e ? hex(character) : character);
  };
  return `b${quote}${Array.from(bytes, one).join("")}${quote}`;
}

/**
 * A set of names as Python prints it. Python's order is arbitrary, and differs between processes; here it is the given
 * one.
 */
export const reprSet = (names: readonly string[]): string => `{${names.map(reprText).join(", ")}}`;

/** A tuple of names, `('a', 'b')`. */
export const reprTuple = (names: readonly string[]): string =>
  names.length === 1 ? `(${reprText(names[0] ?? "")},)` : `(${names.map(reprText).join(", ")})`;

/** `repr()` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, power] = value.toExponential().split("e");
    return `${digits}e${Number(power) < 0 ? "-" : "+"}${String(Math.abs(Number(power))).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `int(text)`: decimal digits with an optional sign, blanks around them and single underscores between them. */
export function parseInteger(text: string): bigint | undefined {
  const match = /^\s*([+-]?)(\d+(?:_\d+)*)\s*$/.exec(text);
  if (!match?.[2] || match[2].length > 4300) return undefined;
  const size = BigInt(match[2].replaceAll("_", ""));
  return match[1] === "-" ? -size : size;
}

/** `float(text)`, with `inf`, `nan` and underscores between digits. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(trimmed);
  if (special) {
    if (special[2] === "nan") return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const digits = "\\d+(?:_\\d+)*";
  const number = new RegExp(`^[+-]?(?:${digits}(?:\\.(?:${digits})?)?|\\.${digits})(?:e[+-]?${digits})?$`);
  return number.test(trimmed) ? Number(trimmed.replaceAll("_", "")) : undefined;
}

/** `shlex.split` with POSIX rules; undefined where a quotation or an escape is left open. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  const word = /(?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s\\'"])+/y;
  let position = 0;
  while (true) {
    while (position < text.length && /[ \t\r\n]/.test(text.charAt(position))) position++;
    if (position === text.length) return words;
    word.lastIndex = position;
    const match = word.exec(text)?.[0];
    if (match === undefined) return undefined;
    words.push(unquoteWord(match));
    position += match.length;
  }
}

const unquoteWord = (word: string): string =>
  word.replace(/\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"/g, (_all, escaped, single, double) =>
    double !== undefined ? double.replace(/\\(["\\])/g, "$1") : (escaped ?? single),
  );

/** A number of JSON, or Python's `float()` of a text; null for what is neither, or not finite. */
export function toFiniteFloat(value: unknown): number | null {
  const number = typeof value === "string" ? parseFloatText(value) : typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}
