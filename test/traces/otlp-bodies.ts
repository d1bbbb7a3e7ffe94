/** Requests to `POST /v1/traces` for tests, as OTLP's JSON. */
import { randomBytes } from "node:crypto";
import type { Answer, App } from "../support/app.ts";

export type Value = string | number | boolean | null | Uint8Array | Value[] | { [key: string]: Value };

const anyValue = (value: Value): object => {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributesOf(value) } };
};

export const attributesOf = (attributes: Record<string, Value>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

export interface SpanInput {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** In nanoseconds. */
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: object[];
  [member: string]: unknown;
}

const aTraceId = () => randomBytes(16).toString("hex");
export const aSpanId = () => randomBytes(8).toString("hex");

/** Of one second, at a time long ago. */
export const aSpan = (given: Partial<SpanInput> = {}, attributes: Record<string, Value> = {}): SpanInput => ({
  traceId: aTraceId(),
  spanId: aSpanId(),
  name: "span",
  startTimeUnixNano: "1700000000000000000",
  endTimeUnixNano: "1700000001000000000",
  attributes: attributesOf(attributes),
  ...given,
});

export const aRequest = (spans: readonly object[], resource: Record<string, Value> = {}) => ({
  resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans: [{ spans }] }],
});

/** Sends JSON, or a body as it is. */
export const sendSpans = (
  { request }: Pick<App, "request">,
  experimentId: string,
  body: object | string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  request("POST", "/v1/traces", {
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", "x-mlflow-experiment-id": experimentId, ...headers },
  });
