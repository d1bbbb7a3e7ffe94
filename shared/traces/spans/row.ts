import { toFiniteFloat } from "../../mlflow/python-text.ts";
import { firstCharacters } from "../../mlflow/rules.ts";
import { notStorable } from "../otlp/refusal.ts";
import { contentOf } from "./content.ts";
import { isObject, loads, notJson, textIn } from "./json-text.ts";
import { attributes as names } from "./keys.ts";
import type { Span } from "./span.ts";
import { storable } from "./storable.ts";

/** The columns of `spans` with their types, but for the experiment and the content. */
export const spanColumns = {
  trace_id: "text",
  span_id: "text",
  parent_span_id: "text",
  name: "text",
  type: "text",
  status: "text",
  start_time_unix_nano: "int8",
  end_time_unix_nano: "int8",
  input_cost: "float8",
  output_cost: "float8",
  total_cost: "float8",
  model_name: "text",
  model_provider: "text",
} as const;

/** A row of `spans`. */
export interface SpanRow {
  content: string;
  columns: Record<keyof typeof spanColumns, string | number | bigint | null>;
}

/** @throws OtlpRefusal 422 for ids and costs that can't be stored */
export function rowOf(span: Span): SpanRow {
  const { attributes } = span;
  const costs = costsIn(attributes.get(names.cost));
  const columns = {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentId,
    name: span.name,
    type: span.type,
    status: span.status,
    start_time_unix_nano: span.start,
    end_time_unix_nano: span.end,
    input_cost: toFiniteFloat(costs.input_cost),
    output_cost: toFiniteFloat(costs.output_cost),
    total_cost: toFiniteFloat(costs.total_cost),
    model_name: dimension(attributes.get(names.model)),
    model_provider: dimension(attributes.get(names.provider)),
  };
  return { content: contentOf(span), columns };
}

function costsIn(json: string | undefined): Record<string, unknown> {
  const value = json ? loads(json) : notJson;
  if (value === notJson) return {};
  if (!isObject(value)) throw notStorable();
  return value;
}

const dimension = (json: string | undefined) =>
  json === undefined ? null : storable(firstCharacters(textIn(json), 500));
