import { notStorable } from "../otlp/refusal.ts";

/** A text of Python's that UTF-8 has a form for. */
export function storable(text: string): string {
  if (!text.isWellFormed()) throw notStorable();
  return text;
}
