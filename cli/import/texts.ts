/** Texts of values as the database has them. */
import { floatText } from "../../shared/mlflow/python-text.ts";
import type { Value } from "./tables.ts";

/** What Python's `json.dumps` writes. Whole numbers are bigints; a number is a float. */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return floatText(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return ascii(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(", ")}]`;
  const members = Object.entries(value).map(([key, member]) => `${ascii(key)}: ${jsonText(member)}`);
  return `{${members.join(", ")}}`;
}

const ascii = (text: string) =>
  JSON.stringify(text).replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Milliseconds of a time that is one already, or ISO 8601; 0 for what is none. */
export function millis(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  const time = Date.parse(String(value ?? ""));
  return BigInt(Number.isNaN(time) ? 0 : time);
}
