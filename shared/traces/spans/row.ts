import { toFiniteFloat } from "../../mlflow/python-text.ts";
import { firstCharacters } from "../../mlflow/rules.ts";
import { notStorable } from "../otlp/refusal.ts";
import { contentOf } from "./content.ts";
import { isObject, loads, notJson, textIn } from "./json-text.ts";
import { attributes as names } from "./keys.ts";
import type { Span, SpanStatus } from "./span.ts";
import { storable } from "./storable.ts";
import { costKeys } from "./totals.ts";

/** A row of `spans`, but for the experiment. */
export interface SpanRow {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  name: string;
  type: string | null;
  status: SpanStatus;
  /** Digits: they may lie beyond 2^53. */
  start_time_unix_nano: string;
  end_time_unix_nano: string;
  content: string;
  input_cost: number | null;
  output_cost: number | null;
  total_cost: number | null;
  model_name: string | null;
  model_provider: string | null;
}

/** @throws OtlpRefusal 422 for ids and costs that can't be stored */
export function rowOf(span: Span): SpanRow {
  const { attributes, type } = span;
  const costs = costsIn(attributes.get(names.cost));
  const [input_cost = null, output_cost = null, total_cost = null] = costKeys.map((key) => toFiniteFloat(costs[key]));
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentId,
    name: span.name,
    type,
    status: span.status,
    start_time_unix_nano: String(span.start),
    end_time_unix_nano: String(span.end),
    content: contentOf(span),
    input_cost,
    output_cost,
    total_cost,
    model_name: dimension(attributes.get(names.model)),
    model_provider: dimension(attributes.get(names.provider)),
  };
}

function costsIn(json: string | undefined): Record<string, unknown> {
  const value = json ? loads(json) : notJson;
  if (value === notJson) return {};
  if (!isObject(value)) throw notStorable();
  return value;
}

const dimension = (json: string | undefined) =>
  json === undefined ? null : storable(firstCharacters(textIn(json), 500));
