/** Values of assessments as the database has them: what Python's `json.dumps` writes, all in ASCII. */
import { floatText } from "../mlflow/python-text.ts";

/** JSON text of a value of a request, in which every number is a double. */
export function dumps(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "bigint") return floatText(Number(value));
  if (typeof value === "string") return ascii(JSON.stringify(value));
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(dumps).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${dumps(key)}: ${dumps(member)}`)
    .join(", ")}}`;
}

const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[,:]|\s+/g;

/** The same of JSON text, in which whole numbers stay as they are. */
export const normalized = (json: string): string =>
  json.replace(token, (found) => {
    if (found.startsWith('"')) return ascii(JSON.stringify(JSON.parse(found)));
    if (/^-?\d+$/.test(found)) return found === "-0" ? "0" : found;
    if (/^[-\d]/.test(found)) return floatText(Number(found));
    return /[,:]/.test(found) ? `${found} ` : "";
  });

const ascii = (json: string) =>
  json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * What averages are made of (mlflow/store/tracking/utils/trace_analytics.py): a number as it is, true and "yes" as 1,
 * false and "no" as 0; and whether the value is a number.
 */
export function aggregateOf(value: unknown): { aggregate: number | null; isNumeric: boolean } {
  if (typeof value === "boolean") return { aggregate: value ? 1 : 0, isNumeric: false };
  if (typeof value === "number" || typeof value === "bigint") {
    const number = Number(value);
    return Number.isFinite(number) ? { aggregate: number, isNumeric: true } : { aggregate: null, isNumeric: false };
  }
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  return { aggregate: word === "yes" ? 1 : word === "no" ? 0 : null, isNumeric: false };
}
