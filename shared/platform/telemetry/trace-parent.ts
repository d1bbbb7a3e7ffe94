/** The span that a request belongs to: W3C's `traceparent`. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  /** The caller wants to see all of its trace. */
  sampled: boolean;
}

const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/**
 * @param own whether the caller wrote it: the Functions host's says nothing of what is to be sampled
 * @returns undefined for what is no `traceparent`
 */
export function parentOf(header: string | null | undefined, own: boolean): TraceParent | undefined {
  const [, traceId, spanId, flags] = pattern.exec(header ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: own && (Number.parseInt(flags, 16) & 1) === 1 };
}

/**
 * Whether a share of all traces has this one. All requests of one trace are decided alike.
 * @param share between 0 and 1
 */
export function isTraced(parent: TraceParent | undefined, share: number): boolean {
  const place = parent ? Number.parseInt(parent.traceId.slice(-8), 16) / 2 ** 32 : Math.random();
  return place < share;
}
