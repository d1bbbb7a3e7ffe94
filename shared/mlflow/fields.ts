/** zod fields of MLflow's own messages, which several groups take. */
import * as z from "zod";
import { atMost, int32, list, message, required, text } from "../platform/http/fields.ts";
import { changed, quickOf, withQuick } from "../platform/http/quick.ts";
import type { KeyValue } from "./rules.ts";

/** Tags or params, as `[{key, value}]`. What is not given is the empty text. */
export const keyValues = () =>
  list(changed(message({ key: text(), value: text() }), ({ key = "", value = "" }): KeyValue => ({ key, value })));

/** `max_results` of at most so many. */
export const pageSize = (most: number) => atMost(most, int32());

/** `page_token`, as an earlier answer gave it. */
export const pageToken = () => text();

/** A message whose first field is the run it is about: `run_id`, which older clients call `run_uuid`. */
export function runMessage<Shape extends z.ZodRawShape>(shape: Shape) {
  const rename = (value: unknown) =>
    value !== null && typeof value === "object" && "run_uuid" in value && !("run_id" in value)
      ? { ...value, run_id: value.run_uuid }
      : value;
  const inner = message({ run_id: required(text()), ...shape });
  return withQuick(z.preprocess(rename, inner), quickOf(inner));
}
