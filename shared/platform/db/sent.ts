/** Values of statements as PostgreSQL gets them. */
import { NumberArray } from "./number-arrays.ts";

/** A value as it is sent: its text, its binary form, or NULL. */
export type Sent = string | Buffer | null;

/** What `pg` would make of a value, or the value itself where that is neither text nor bytes. */
export function asSent(value: unknown): unknown {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return null;
  if (value instanceof NumberArray) return value.toPostgres();
  return Array.isArray(value) ? (arrayText(value) ?? value) : typeof value === "object" ? value : String(value);
}

export const areSent = (values: readonly unknown[]): values is readonly Sent[] =>
  values.every((value) => typeof value === "string" || value === null || value instanceof Buffer);

/** Undefined where an element is no scalar. `pg` looks through each element twice, and a batch has thousands. */
function arrayText(values: readonly unknown[]): string | undefined {
  const texts: string[] = [];
  for (const value of values) {
    if (typeof value === "string") texts.push(quoted(value));
    else if (value === undefined || value === null) texts.push("NULL");
    else if (typeof value === "object") return undefined;
    else texts.push(quoted(String(value)));
  }
  return `{${texts.join()}}`;
}

const special = /["\\]/;

const quoted = (text: string) => `"${special.test(text) ? text.replace(/["\\]/g, "\\$&") : text}"`;
