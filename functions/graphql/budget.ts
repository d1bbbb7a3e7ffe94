import { invalid, type MlflowError } from "../../shared/platform/errors.ts";

// The page asks for some 30,000 points of metrics at most, of five fields each.
const maxValues = 250_000;
const maxCharacters = 16 * 2 ** 20;
const maxRead = 32 * 2 ** 20;

/** What one query may read and answer, since its aliases can ask for one thing many times. */
export class Budget {
  /** The refusal, once the query has asked for too much. */
  refused: MlflowError | undefined;
  private values = 0;
  private characters = 0;
  private read = 0;

  /** Counts the JSON text of what was read. */
  takeRead(json: string): void {
    this.read += json.length;
    if (this.read > maxRead) this.refuse(`reads more than ${maxRead} characters`);
  }

  /** Counts a list before it is answered; each item has this many fields. */
  takeList(items: number, fields: number): void {
    this.values += items * Math.max(fields, 1);
    if (this.values > maxValues) this.refuse(`asks for more than ${maxValues} values`);
  }

  takeText(text: string): void {
    this.characters += text.length;
    if (this.characters > maxCharacters) this.refuse(`asks for more than ${maxCharacters} characters`);
  }

  private refuse(what: string): never {
    this.refused ??= invalid(`The query ${what}. Ask for fewer runs, points or fields at once.`);
    throw this.refused;
  }
}
