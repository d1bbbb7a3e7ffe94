import { aRequest, aSpan, type SpanInput, type Value } from "../../traces/otlp-bodies.ts";

export interface Case {
  name: string;
  body: object | string | Uint8Array;
  headers?: Record<string, string>;
  /** By name: those of experiments.ts; the usual one unless given. */
  experiment?: string;
  /** Why the answer differs from stock's, with this app's status. What is stored of its traces is not compared. */
  differs?: { status: number; why: string };
}

let made = 0;
const hex = (digits: number) => (++made).toString(16).padStart(digits, "a");

/** A span with ids of its own, the same in every run. */
export const span = (given: Partial<SpanInput> = {}, attributes: Record<string, Value> = {}) =>
  aSpan({ traceId: hex(32), spanId: hex(16), ...given }, attributes);

export const one = (name: string, attributes: Record<string, Value>, given: Partial<SpanInput> = {}): Case => ({
  name,
  body: aRequest([span(given, attributes)]),
});

export const childOf = (
  { traceId, spanId }: SpanInput,
  attributes: Record<string, Value> = {},
  given: Partial<SpanInput> = {},
) => span({ traceId, parentSpanId: spanId, ...given }, attributes);
