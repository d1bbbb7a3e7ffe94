/** A span of a request, as it is stored (mlflow/entities/span.py, from_otel_proto). */

import { dumpPython, type PythonDict } from "../../mlflow/python-json.ts";
import { mlflowTraceId, spanHex, traceHex } from "../otlp/ids.ts";
import { notSpan, notStorable } from "../otlp/refusal.ts";
import type { SentResource, SentSpan } from "../otlp/sent.ts";
import { loads, notJson } from "./json-text.ts";
import { attributes as names, tagPrefix } from "./keys.ts";
import { storable } from "./storable.ts";
import { attributeText } from "./values.ts";

export type SpanStatus = "UNSET" | "OK" | "ERROR";

export interface SpanEvent {
  name: string;
  /** In nanoseconds. */
  time: bigint;
  attributes: PythonDict;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: PythonDict;
}

export interface Span {
  /** Of MLflow: `tr-` and 32 hex digits. */
  traceId: string;
  traceHex: string;
  spanId: string;
  /** Null of a root. */
  parentId: string | null;
  name: string;
  kind: number;
  /** Times in nanoseconds. */
  start: bigint;
  end: bigint;
  events: SpanEvent[];
  status: SpanStatus;
  /** Of an error. */
  statusMessage: string;
  /** As it was sent: what is found out about it afterwards is in its attributes only. */
  type: string | null;
  /** JSON texts by key. */
  attributes: Map<string, string>;
  links: SpanLink[];
  resource: PythonDict;
}

// Only of these agents is the name kept on their roots.
const knownServices = new Set(["claude-code", "codex_cli_rs", "codex_vscode", "gemini-cli", "qwen-code"]);

const reservedTags = [
  "mlflow.artifactLocation",
  "mlflow.trace.spansLocation",
  "mlflow.trace.archiveLocation",
  "mlflow.trace.archivalFailure",
];

/**
 * The spans of a request in its order.
 * @throws OtlpRefusal 422 for one without its ids
 */
export function spansOf(sent: readonly SentResource[]): Span[] {
  return sent.flatMap(({ attributes, spans }) => {
    const first = attributes.find(([key]) => key === names.service)?.[1];
    const service = typeof first === "string" && knownServices.has(first) ? first : undefined;
    const resource: PythonDict = new Map(attributes);
    return spans.map((span) => spanOf(span, resource, service));
  });
}

function spanOf(sent: SentSpan, resource: PythonDict, service: string | undefined): Span {
  if (sent.traceId === "" || sent.spanId === "") throw notSpan();
  const parent = spanHex(sent.parentSpanId);
  const parentId = /[^0]/.test(parent) ? parent : null;
  const traceId = mlflowTraceId(sent.traceId);
  const attributes = new Map<string, string>();
  for (const [key, value] of sent.attributes) attributes.set(key, attributeText(value));
  attributes.set(names.requestId, JSON.stringify(traceId));
  if (parentId === null) {
    if (service) attributes.set(names.service, dumpPython(service));
    for (const key of reservedTags) attributes.delete(tagPrefix + key);
  }
  const status = statusOf(sent.status);
  return {
    traceId,
    traceHex: traceHex(sent.traceId),
    spanId: spanHex(sent.spanId),
    parentId,
    name: sent.name,
    kind: sent.kind,
    start: sent.start,
    end: sent.end,
    events: sent.events.map(({ name, time, attributes }) => ({ name, time, attributes: new Map(attributes) })),
    status,
    statusMessage: status === "ERROR" ? sent.message : "",
    type: typeOf(attributes),
    attributes,
    links: sent.links.map((link) => ({
      traceId: mlflowTraceId(link.traceId),
      spanId: spanHex(link.spanId),
      attributes: new Map(link.attributes),
    })),
    resource,
  };
}

const statusOf = (code: number): SpanStatus => (["UNSET", "OK", "ERROR"] as const)[code] ?? "UNSET";

/** @throws OtlpRefusal 422 for what is no type */
function typeOf(attributes: ReadonlyMap<string, string>): string | null {
  const json = attributes.get(names.type);
  const value = json === undefined ? null : loads(json);
  if (value === null) return null;
  if (value === notJson || typeof value === "object") throw notStorable();
  return typeof value === "boolean" ? String(value) : storable(typeof value === "string" ? value : json!);
}
