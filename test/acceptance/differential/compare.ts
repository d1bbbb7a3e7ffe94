import { isDeepStrictEqual } from "node:util";
import { mask, maskText, type Names, onlyDriverText, parseAnswer } from "./mask.ts";
import type { Saved } from "./request.ts";
import type { Answer } from "./send.ts";

export interface Difference {
  /** `status`, `content-type`, or a path in the body, its indices left out: `body.runs[].info.status`. */
  path: string;
  stock: unknown;
  ours: unknown;
}

export interface Masked {
  status: number;
  contentType: string;
  body: unknown;
}

/** What a client could tell apart in two answers, after masking. */
export function differences(stock: Masked, ours: Masked): Difference[] {
  return [
    ...diff("status", stock.status, ours.status),
    ...diff("content-type", stock.contentType, ours.contentType),
    ...diff("body", stock.body, ours.body),
  ];
}

export function masked(answer: Answer, names: Names, used: Saved): Masked {
  const contentType = family(answer.contentType, answer.text);
  return { status: answer.status, contentType, body: maskBody(answer, contentType, names, used) };
}

function maskBody(answer: Answer, contentType: string, names: Names, used: Saved): unknown {
  // Pages for people: their wording is nobody's contract.
  if (contentType === "html") return answer.text.startsWith("<") ? "<page>" : answer.text;
  if (contentType !== "json") return maskText(answer.text, "", names, used);
  try {
    return mask(parseAnswer(answer.text), names, used);
  } catch {
    return `<not JSON> ${answer.text}`;
  }
}

function family(contentType: string, text: string): string {
  if (text === "") return "empty";
  const type = contentType.split(";")[0]!.trim();
  return { "application/json": "json", "text/html": "html", "text/plain": "text" }[type] ?? type;
}

function diff(path: string, stock: unknown, ours: unknown): Difference[] {
  if (isDeepStrictEqual(stock, ours)) return [];
  // Any text of ours will do in its place.
  if (stock === onlyDriverText && typeof ours === "string") return [];
  if (Array.isArray(stock) && Array.isArray(ours) && stock.length === ours.length)
    return stock.flatMap((item, index) => diff(`${path}[]`, item, ours[index]));
  if (!isRecord(stock) || !isRecord(ours)) return [{ path, stock, ours }];
  const keys = new Set([...Object.keys(stock), ...Object.keys(ours)]);
  return [...keys].flatMap((key) => diff(`${path}.${key}`, stock[key], ours[key]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
