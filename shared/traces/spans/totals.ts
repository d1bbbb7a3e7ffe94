/** Token counts and costs of a trace (mlflow/tracing/utils, _aggregate_from_nodes). */
import { notStorable } from "../otlp/refusal.ts";

/** A span in the tree of its trace, with what it counts itself. */
export interface Node {
  id: string;
  parent: string | null;
  data: Record<string, unknown> | undefined;
}

/**
 * The sums over the tree, skipping spans below one that has a value: a parent often counts what its children do.
 * Undefined where no span has a value.
 * @param keys that always have a sum
 * @param optional that have one where a span has them
 * @throws OtlpRefusal 422 for a value that is no number
 */
export function totalsOf(
  nodes: readonly Node[],
  keys: readonly string[],
  optional: readonly string[] = [],
): Record<string, number> | undefined {
  const ids = new Set(nodes.map(({ id }) => id));
  const isRoot = ({ parent }: Node) => parent === null || !ids.has(parent);
  const children = childrenOf(nodes);
  const totals: Record<string, number> = Object.fromEntries(keys.map((key) => [key, 0]));
  let found = false;
  // The order in which Python adds floats up.
  const stack = nodes.filter(isRoot);
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { id, data } = node;
    if (data) {
      found = true;
      for (const key of keys) if (key in data) totals[key]! += numberOf(data[key]);
      for (const key of optional) if (key in data) totals[key] = (totals[key] ?? 0) + numberOf(data[key]);
    } else for (const child of children.get(id) ?? []) stack.push(child);
  }
  return found ? totals : undefined;
}

function childrenOf(nodes: readonly Node[]): Map<string | null, Node[]> {
  const children = new Map<string | null, Node[]>();
  for (const node of nodes) {
    const siblings = children.get(node.parent);
    if (siblings) siblings.push(node);
    else children.set(node.parent, [node]);
  }
  return children;
}

function numberOf(value: unknown): number {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return Number(value);
  throw notStorable();
}

export const tokenKeys = ["input_tokens", "output_tokens", "total_tokens"] as const;
export const cacheKeys = [
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation_input_tokens_above_1hr",
] as const;
export const costKeys = ["input_cost", "output_cost", "total_cost"] as const;

/** A whole number that a bigint column can hold; else null. */
export const tokenCount = (value: number | undefined): number | null =>
  value !== undefined && Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? value : null;
