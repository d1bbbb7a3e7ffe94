import type { Verdict } from "./judge.ts";
import type { Result } from "./run.ts";

/** A table with one row per group and the totals. */
export function table(verdicts: ReadonlyMap<string, Verdict>): string {
  const rows = [...verdicts].map(([group, verdict]) => ({ group, numbers: counts(verdict) }));
  const totals = [0, 1, 2, 3].map((column) => rows.reduce((sum, { numbers }) => sum + numbers[column]!, 0));
  const lines = [...rows, { group: "total", numbers: totals }].map(({ group, numbers }) => line(group, numbers));
  return [line("group", ["requests", "equal", "explained", "unexplained"]), ...lines].join("\n");
}

const line = (first: string, others: readonly (string | number)[]) =>
  first.padEnd(22) + others.map((other) => String(other).padStart(13)).join("");

function counts({ equal, explained, unexplained }: Verdict): number[] {
  const numbers = [equal.length, explained.length, unexplained.length];
  return [numbers.reduce((sum, number) => sum + number), ...numbers];
}

/** Both answers to a request, and where they differ. */
export function readable({ recorded, stock, ours, differences }: Result): string {
  return [
    `${recorded.name}\n  ${recorded.method} ${recorded.path}`,
    ...differences.map(({ path, stock, ours }) => `  ${path}\n    stock ${show(stock)}\n    ours  ${show(ours)}`),
    `  stock answered ${stock.status} ${cut(stock.text)}`,
    `  ours answered  ${ours.status} ${cut(ours.text)}`,
  ].join("\n");
}

const show = (value: unknown) =>
  cut(JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : item)) ?? "(absent)");

const cut = (text: string) => (text.length > 600 ? `${text.slice(0, 600)}...` : text);
