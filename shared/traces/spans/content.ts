import { dumpPython, type PythonDict } from "../../mlflow/python-json.ts";
import { base64Of } from "../otlp/ids.ts";
import { quoted } from "./json-text.ts";
import type { Span, SpanEvent, SpanLink } from "./span.ts";

const kinds = ["INTERNAL", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];

/**
 * The text of a span in column `content`, byte for byte what stock stores (mlflow/entities/span.py, to_dict). Ids are
 * in base64, those of links in hex; each attribute is a JSON text within a string, those of events are not.
 * @throws OtlpRefusal 422 for ids that are too long
 */
export function contentOf(span: Span): string {
  const parent = span.parentId === null ? "null" : `"${base64Of(span.parentId, 16)}"`;
  const parts = [
    `{"trace_id": "${base64Of(span.traceHex, 32)}", "span_id": "${base64Of(span.spanId, 16)}", "parent_span_id": ${parent}, "name": `,
    quoted(span.name),
    `, "kind": "SPAN_KIND_${kinds[span.kind] ?? "INTERNAL"}", "start_time_unix_nano": ${span.start}, "end_time_unix_nano": ${span.end}, "events": [`,
    span.events.map(eventText).join(", "),
    `], "status": {"code": "STATUS_CODE_${span.status}", "message": `,
    quoted(span.statusMessage),
    '}, "attributes": {',
  ];
  let before = "";
  for (const [key, value] of span.attributes) {
    parts.push(before, quoted(key), ": ", JSON.stringify(value));
    before = ", ";
  }
  parts.push('}, "links": [', span.links.map(linkText).join(", "), "]}");
  return parts.join("");
}

const eventText = ({ name, time, attributes }: SpanEvent) =>
  `{"name": ${JSON.stringify(name)}, "time_unix_nano": ${time}, "attributes": ${dumpPython(attributes)}}`;

const linkText = ({ traceId, spanId, attributes }: SpanLink) =>
  `{"trace_id": "${traceId}", "span_id": "${spanId}", "attributes": ${attributes.size > 0 ? dumpPython(linked(attributes)) : "null"}}`;

/** Bytes are in base64 here, and nowhere else. */
const linked = (attributes: PythonDict): PythonDict =>
  new Map(
    Array.from(attributes, ([key, value]) => [
      key,
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ]),
  );
