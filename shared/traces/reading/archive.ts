/** Archives of a stock server: OTLP's TracesData, which on the wire is what exporters send. */
import { decode } from "../otlp/decode.ts";
import { contentOf } from "../spans/content.ts";
import { type Span, spansOf } from "../spans/span.ts";

/**
 * Archived spans with their contents as the database had them, the roots first.
 * @throws OtlpRefusal for what holds no spans
 */
export const archivedSpans = (archive: Uint8Array): { spanId: string; content: string }[] =>
  spansOf(decode(archive, "application/x-protobuf"))
    .sort(rootsFirst)
    .map((span) => ({ spanId: span.spanId, content: contentOf(span) }));

function rootsFirst(one: Span, other: Span): number {
  if ((one.parentId === null) !== (other.parentId === null)) return one.parentId === null ? -1 : 1;
  if (one.start !== other.start) return one.start < other.start ? -1 : 1;
  return one.spanId < other.spanId ? -1 : 1;
}
