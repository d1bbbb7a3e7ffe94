/**
 * Reads JSON as Python wrote it, and keeps what `JSON.parse` loses: whether a number is a whole one, all of its digits,
 * and bare NaN and infinities.
 */

/** A number as it is written. */
export class NumberText {
  constructor(readonly text: string) {}

  /** Whether Python reads it as an integer. */
  get isWhole(): boolean {
    return /^-?\d+$/.test(this.text);
  }
}

export type Lossless = string | boolean | null | NumberText | Lossless[] | LosslessObject;

/** Members in their order. */
export type LosslessObject = Map<string, Lossless>;

const blank = /[ \t\n\r]*/y;
/** A string without escapes: most are. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are refused in JSON.
const plain = /"[^"\\\x00-\x1f]*"/y;
const number = /-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/y;
/** Python goes no deeper. */
const maxDepth = 900;

/** @throws SyntaxError for what is no JSON, or nested too deeply */
export function readLossless(text: string): Lossless {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): Lossless {
    if (depth > maxDepth) throw new SyntaxError("The JSON is nested too deeply.");
    switch (this.next()) {
      case '"':
        return this.string();
      case "[":
        return this.array(depth);
      case "{":
        return this.object(depth);
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  end(): void {
    if (this.next() !== "") throw this.unexpected();
  }

  /** The next character that is no blank. */
  private next(): string {
    const code = this.text.charCodeAt(this.at);
    if (code <= 0x20) {
      blank.lastIndex = this.at;
      blank.exec(this.text);
      this.at = blank.lastIndex;
    }
    return this.text.charAt(this.at);
  }

  private string(): string {
    const start = this.at;
    plain.lastIndex = start;
    if (plain.test(this.text)) {
      this.at = plain.lastIndex;
      return this.text.slice(start + 1, this.at - 1);
    }
    let end = start + 1;
    for (; ; end++) {
      end = this.text.indexOf('"', end);
      if (end < 0) throw this.unexpected();
      let slashes = 0;
      while (this.text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
      if (slashes % 2 === 0) break;
    }
    this.at = end + 1;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private number(): NumberText {
    number.lastIndex = this.at;
    const found = number.exec(this.text)?.[0];
    if (found === undefined) throw this.unexpected();
    this.at += found.length;
    return new NumberText(found);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected();
    this.at += word.length;
    return value;
  }

  private array(depth: number): Lossless[] {
    const items: Lossless[] = [];
    for (let more = this.begins("]"); more; more = this.goesOn("]")) items.push(this.value(depth + 1));
    return items;
  }

  private object(depth: number): LosslessObject {
    const members: LosslessObject = new Map();
    for (let more = this.begins("}"); more; more = this.goesOn("}")) {
      if (this.next() !== '"') throw this.unexpected();
      const key = this.string();
      if (this.next() !== ":") throw this.unexpected();
      this.at++;
      members.set(key, this.value(depth + 1));
    }
    return members;
  }

  /** Goes past the bracket here, and past the closing one behind it. Answers whether anything lies between. */
  private begins(closing: string): boolean {
    this.at++;
    if (this.next() !== closing) return true;
    this.at++;
    return false;
  }

  /** Goes past the comma or the closing bracket. Answers which it was. */
  private goesOn(closing: string): boolean {
    const after = this.next();
    this.at++;
    if (after === closing) return false;
    if (after !== ",") throw this.unexpected();
    return true;
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`There is no JSON at position ${this.at}.`);
  }
}
