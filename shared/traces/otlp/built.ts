/** Requests as the protobuf library builds them out of JSON. */
import type { PythonValue } from "../../mlflow/python-json.ts";
import type { ExportTraceServiceRequest } from "./generated/collector_pb.ts";
import type { AnyValue, KeyValue } from "./generated/common_pb.ts";
import type { Span } from "./generated/trace_pb.ts";
import type { SentAttributes, SentResource, SentSpan } from "./sent.ts";

export const sentOf = ({ resourceSpans }: ExportTraceServiceRequest): SentResource[] =>
  resourceSpans.map(({ resource, scopeSpans }) => ({
    attributes: attributesOf(resource?.attributes ?? []),
    spans: scopeSpans.flatMap(({ spans }) => spans.map(spanOf)),
  }));

const spanOf = (span: Span): SentSpan => ({
  traceId: hex(span.traceId),
  spanId: hex(span.spanId),
  parentSpanId: hex(span.parentSpanId),
  name: span.name,
  kind: span.kind,
  start: span.startTimeUnixNano,
  end: span.endTimeUnixNano,
  attributes: attributesOf(span.attributes),
  events: span.events.map(({ timeUnixNano, name, attributes }) => ({
    time: timeUnixNano,
    name,
    attributes: attributesOf(attributes),
  })),
  links: span.links.map(({ traceId, spanId, attributes }) => ({
    traceId: hex(traceId),
    spanId: hex(spanId),
    attributes: attributesOf(attributes),
  })),
  status: span.status?.code ?? 0,
  message: span.status?.message ?? "",
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const attributesOf = (attributes: readonly KeyValue[]): SentAttributes =>
  attributes.map(({ key, value }) => [key, pythonValue(value)]);

/** A value as Python has it (mlflow/tracing/utils/otlp.py, _decode_otel_proto_anyvalue). */
function pythonValue(given: AnyValue | undefined): PythonValue {
  const held = given?.value;
  if (held?.case === undefined) return null;
  switch (held.case) {
    case "arrayValue":
      return held.value.values.map(pythonValue);
    case "kvlistValue":
      return new Map(attributesOf(held.value.values));
    case "stringValueStrindex":
      return BigInt(held.value);
    default:
      return held.value;
  }
}
