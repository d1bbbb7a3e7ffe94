/** Members of answers as columns have them. */
import type { Value } from "../tables.ts";
import type { Json } from "./client.ts";

export const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

export const object = (value: unknown): Json =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : {};

export const text = (value: unknown): string | null =>
  typeof value === "string" ? value : value === undefined || value === null ? null : String(value);

/** Int64 come as numbers or as texts. */
export function whole(value: unknown): Value {
  if (typeof value === "bigint") return value;
  return /^-?\d+$/.test(String(value)) ? BigInt(String(value)) : null;
}

/** Tags and params come as pairs, or as an object. */
export function pairs(value: unknown): [key: string, value: string][] {
  if (Array.isArray(value)) return list(value).map(({ key, value: own }) => [String(key), String(own ?? "")]);
  return Object.entries(object(value)).map(([key, own]) => [key, String(own)]);
}
