import { describe, expect, it } from "vitest";
import { parseFilter, refusals } from "../../shared/mlflow/search/clauses.ts";
import { checkOrderBySize } from "../../shared/mlflow/search/limits.ts";

const parse = (filter: string) =>
  parseFilter(
    filter,
    refusals((clause) => clause),
  );
const ids = (count: number) => Array.from({ length: count }, (_, index) => `'${String(index).padStart(32, "0")}'`);
const allOf = (count: number) => Array.from({ length: count }, (_, index) => `params.p${index} = 'x'`).join(" AND ");

describe("the size of a filter", () => {
  it.each([
    ["as many run ids as stock takes", `attributes.run_id IN (${ids(3300).join(", ")})`, 1],
    ["as many without blanks", `attributes.run_id IN (${ids(4990).join(",")})`, 1],
    ["the longest tag that can be stored", `tags.x = '${"x".repeat(100_000)}'`, 1],
    ["100 comparisons", allOf(100), 100],
    ["the longest keys", Array.from({ length: 100 }, () => `params.${"k".repeat(250)} = 'x'`).join(" AND "), 100],
  ])("may hold %s", (_, filter, comparisons) => {
    expect(parse(filter)).toHaveLength(comparisons);
  });

  it.each([
    [allOf(101), "A filter can have at most 100 comparisons."],
    [allOf(1100), "A filter can have at most 10000 words and signs."],
    ["a) ".repeat(400), "A filter can have at most 100 comparisons."],
    ["a''".repeat(3400), "A filter can have at most 100 comparisons."],
    [`tags.x = '${"x".repeat(262_144)}'`, "A filter can have at most 262144 characters, got 262155."],
    ["(".repeat(200_000), "A filter can have at most 10000 words and signs."],
    [" ".repeat(40_000), "A filter can have at most 32768 characters outside of quotes."],
    [`metrics.${"m".repeat(40_000)} > 0`, "A filter can have at most 32768 characters outside of quotes."],
    [`metrics.\`${"m".repeat(40_000)}\` > 0`, "A filter can have at most 32768 characters outside of quotes."],
  ])("is limited: %#", (filter, message) => {
    expect(() => parse(filter)).toThrow(message);
  });
});

describe("the size of order_by", () => {
  it("is limited", () => {
    const clauses = Array.from({ length: 30 }, (_, index) => `metrics.m${index}`);
    expect(() => checkOrderBySize(clauses)).not.toThrow();
    expect(() => checkOrderBySize([...clauses, "name"])).toThrow("order_by can have at most 30 entries, got 31.");
    expect(() => checkOrderBySize(["m".repeat(2001)])).toThrow("can have at most 2000 characters, got 2001.");
  });
});
