/** What the spans of a request say of their traces (mlflow/store/tracking/sqlalchemy_store.py, log_spans). */
import { checkLength } from "../../mlflow/rules.ts";
import type { Config } from "../../platform/config.ts";
import { spanValues } from "./insert.ts";
import { objectIn, textIn } from "./json-text.ts";
import { attributes as names } from "./keys.ts";
import { previewOf } from "./preview.ts";
import { rowOf } from "./row.ts";
import type { Span } from "./span.ts";
import { storable } from "./storable.ts";
import { resourceTags, rootTags } from "./tags.ts";
import { cacheKeys, costKeys, type Node, tokenCount, tokenKeys, totalsOf } from "./totals.ts";

/** What a trace gets of the spans of one request. */
export interface TraceWrite {
  id: string;
  /** In milliseconds. */
  start: string;
  end: string;
  /** Of the first root; `IN_PROGRESS` without one. */
  status: "OK" | "ERROR" | "IN_PROGRESS";
  name: string | null;
  request_preview: string | null;
  response_preview: string | null;
  session: string | null;
  user: string | null;
  /** Sums by column, where these spans have any. */
  tokens: Record<string, number | null> | null;
  costs: Record<string, number> | null;
}

export interface TagWrite {
  trace: string;
  key: string;
  value: string;
}

/** The tokens or costs of a span, for the tree of a trace that was there already. */
export interface NodeWrite {
  trace: string;
  id: string;
  parent: string | null;
  tokens: Record<string, unknown> | null;
  costs: Record<string, unknown> | null;
}

export interface SpanWrites {
  traces: TraceWrite[];
  /** How many spans. */
  count: number;
  /** Their rows, as the statement takes them: what is kept meanwhile has to be little. */
  spans: readonly unknown[];
  tags: TagWrite[];
  /** Empty where no span has tokens or costs. */
  nodes: NodeWrite[];
  /** The traces with a root among the spans. */
  completed: string[];
}

/**
 * What is to be written for the spans of a request. A span that is given twice is the last one.
 * @throws OtlpRefusal 422 for values that can't be stored
 * @throws INVALID_PARAMETER_VALUE for a session or name that is too long
 */
export function writesOf(sent: readonly Span[], config: Config): SpanWrites {
  const written = byTrace(sent);
  const rows = written.flatMap((spans) => spans.map(rowOf));
  const [count, spans] = [rows.length, spanValues(rows)];
  const writes: SpanWrites = { traces: [], count, spans, tags: [], nodes: [], completed: [] };
  for (const spans of written) addTrace(writes, spans, config);
  return writes;
}

function byTrace(sent: readonly Span[]): Span[][] {
  const traces = new Map<string, Map<string, Span>>();
  for (const span of sent) {
    const spans = traces.get(span.traceId) ?? new Map<string, Span>();
    if (spans.size === 0) traces.set(span.traceId, spans);
    spans.delete(span.spanId);
    spans.set(span.spanId, span);
  }
  return Array.from(traces.values(), (spans) => [...spans.values()]);
}

function addTrace(writes: SpanWrites, spans: Span[], config: Config): void {
  const id = spans[0]!.traceId;
  const roots = spans.filter(({ parentId }) => parentId === null);
  const root = roots.at(-1)?.attributes;
  const tags = new Map<string, string>();
  for (const { attributes } of roots) for (const [key, value] of rootTags(attributes, config)) tags.set(key, value);
  const name = tags.get(traceName);
  if (name !== undefined) checkLength("Trace name", 4096, name);
  tags.delete(traceName);
  for (const [key, value] of new Map([...resourceTags(spans, config), ...tags]))
    writes.tags.push({ trace: id, key, value: storable(value) });
  const nodes = spans.some(counts) ? spans.map(nodeOf) : [];
  const tokens = totalsOf(nodesOf(nodes, "tokens"), tokenKeys, cacheKeys);
  const costs = totalsOf(nodesOf(nodes, "costs"), costKeys);
  if (tokens || costs) writes.nodes.push(...nodes);
  if (roots.length > 0) writes.completed.push(id);
  writes.traces.push({
    id,
    ...timesOf(spans),
    status: roots[0] ? (roots[0].status === "ERROR" ? "ERROR" : "OK") : "IN_PROGRESS",
    name: name === undefined ? null : storable(name),
    ...previews(root),
    session: sessionOf(spans) || null,
    user: userOf(spans) || null,
    tokens: tokens ? Object.fromEntries(Object.entries(tokens).map(([key, sum]) => [key, tokenCount(sum)])) : null,
    costs: costs ? Object.fromEntries(Object.entries(costs).filter(([, sum]) => Number.isFinite(sum))) : null,
  });
}

const traceName = "mlflow.traceName";

const counts = ({ attributes }: Span) => attributes.has(names.usage) || attributes.has(names.cost);

const nodeOf = ({ traceId, spanId, parentId, attributes }: Span): NodeWrite => ({
  trace: traceId,
  id: spanId,
  parent: parentId,
  tokens: objectIn(attributes.get(names.usage)) ?? null,
  costs: objectIn(attributes.get(names.cost)) ?? null,
});

const nodesOf = (nodes: readonly NodeWrite[], kind: "tokens" | "costs"): Node[] =>
  nodes.map((node) => ({ id: node.id, parent: node.parent, data: node[kind] ?? undefined }));

const nanosInMilli = 1_000_000n;

function timesOf(spans: readonly Span[]) {
  let [start, end] = [spans[0]!.start, spans[0]!.end];
  for (const span of spans) {
    if (span.start < start) start = span.start;
    if (span.end > end) end = span.end;
  }
  return { start: String(start / nanosInMilli), end: String(end / nanosInMilli) };
}

function previews(root: ReadonlyMap<string, string> | undefined) {
  const request = preview(root?.get(names.inputs), "user");
  // Where stock fails on the first one, it makes none of the second.
  const response = request === undefined ? null : preview(root?.get(names.outputs), "assistant");
  return { request_preview: request ?? null, response_preview: response ?? null };
}

function preview(json: string | undefined, role: "user" | "assistant"): string | null | undefined {
  if (!json) return null;
  const text = previewOf(json, role);
  return text === undefined ? undefined : storable(text);
}

function sessionOf(spans: readonly Span[]): string | undefined {
  const json = firstOf(spans, ({ attributes }) => attributes.get(names.session) || attributes.get(names.conversation));
  if (json === undefined) return undefined;
  const session = storable(textIn(json));
  checkLength("Session ID", 250, session);
  return session;
}

function userOf(spans: readonly Span[]): string | undefined {
  const json = firstOf(spans, ({ attributes }) => attributes.get(names.user));
  return json === undefined ? undefined : storable(textIn(json));
}

function firstOf(spans: readonly Span[], read: (span: Span) => string | undefined): string | undefined {
  for (const span of spans) {
    const found = read(span);
    if (found) return found;
  }
  return undefined;
}
