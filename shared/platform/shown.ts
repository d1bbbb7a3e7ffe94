import { MlflowError } from "./errors.ts";

/** How much of what was sent an answer or a log repeats, in UTF-16 units. */
const maxShown = 200;

/** A text that someone sent, as a message may repeat it: cut to 200 characters, never within one, and valid Unicode. */
export function shown(text: string): string {
  if (text.length <= maxShown) return text.toWellFormed();
  const splits = /[\ud800-\udbff]/.test(text.charAt(maxShown - 1));
  return `${text.slice(0, splits ? maxShown - 1 : maxShown).toWellFormed()}...`;
}

/** The same for a value: its JSON, in which a `bigint` is a number. No more of it is written than is shown. */
export const shownJson = (value: unknown): string => shown(jsonUpTo(value, maxShown));

/** JSON that is complete up to `room` characters, and anything beyond. */
function jsonUpTo(value: unknown, room: number): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return JSON.stringify(value.slice(0, room + 1));
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const isList = Array.isArray(value);
  let text = isList ? "[" : "{";
  for (const [key, member] of isList ? value.entries() : Object.entries(value)) {
    if (text.length > room) break;
    if (member === undefined && !isList) continue;
    if (text.length > 1) text += ",";
    if (!isList) text += `${jsonUpTo(key, room - text.length)}:`;
    text += jsonUpTo(member, room - text.length);
  }
  return text + (isList ? "]" : "}");
}

/** The log's text of an error. Texts of libraries may repeat input, so only their beginning is kept. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return shown(String(error));
  const { name, message, stack = "" } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return `${name}: ${error instanceof MlflowError ? message : shown(message)}${frames}`;
}
