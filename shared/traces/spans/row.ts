import { toFiniteFloat } from "../../mlflow/python-text.ts";
import { firstCharacters } from "../../mlflow/rules.ts";
import { notStorable } from "../otlp/refusal.ts";
import { contentOf } from "./content.ts";
import { isObject, loads, notJson, quoted, textIn } from "./json-text.ts";
import { attributes as names } from "./keys.ts";
import type { Span } from "./span.ts";
import { storable } from "./storable.ts";
import { costKeys } from "./totals.ts";

/** A row of `spans`. */
export interface SpanRow {
  content: string;
  /** JSON text of an object of the other columns, but for the experiment. What is left out is null. */
  columns: string;
}

/** @throws OtlpRefusal 422 for ids and costs that can't be stored */
export function rowOf(span: Span): SpanRow {
  const { attributes } = span;
  const costs = costsIn(attributes.get(names.cost));
  const given = [span.type, dimension(attributes.get(names.model)), dimension(attributes.get(names.provider))];
  const [type, model_name, model_provider] = given.map((text) => (text === null ? undefined : quoted(text)));
  // Ids are hex, times are digits.
  let columns = `{"trace_id":"${span.traceId}","span_id":"${span.spanId}","name":${quoted(span.name)},"status":"${span.status}"`;
  columns += `,"start_time_unix_nano":${span.start},"end_time_unix_nano":${span.end}`;
  if (span.parentId !== null) columns += `,"parent_span_id":"${span.parentId}"`;
  if (type !== undefined) columns += `,"type":${type}`;
  if (model_name !== undefined) columns += `,"model_name":${model_name}`;
  if (model_provider !== undefined) columns += `,"model_provider":${model_provider}`;
  for (const key of costKeys) {
    const cost = toFiniteFloat(costs[key]);
    if (cost !== null) columns += `,"${key}":${cost}`;
  }
  return { content: contentOf(span), columns: `${columns}}` };
}

function costsIn(json: string | undefined): Record<string, unknown> {
  const value = json ? loads(json) : notJson;
  if (value === notJson) return {};
  if (!isObject(value)) throw notStorable();
  return value;
}

const dimension = (json: string | undefined) =>
  json === undefined ? null : storable(firstCharacters(textIn(json), 500));
