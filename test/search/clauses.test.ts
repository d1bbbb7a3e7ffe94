import { describe, expect, it } from "vitest";
import { parseFilter, parseList, refusals } from "../../shared/mlflow/search/clauses.ts";
import { MlflowError } from "../../shared/platform/errors.ts";

const parse = (filter: string | undefined) =>
  parseFilter(
    filter,
    refusals((clause) => `'${clause}'`),
  );
const written = (filter: string) =>
  parse(filter).map(({ left, operator, right }) => [left.text, operator, right?.text]);

describe("a filter", () => {
  it("is empty where there is none", () => {
    expect(parse(undefined)).toEqual([]);
    expect(parse("")).toEqual([]);
  });

  it("is a list of comparisons, AND in any case between them", () => {
    expect(written("metrics.loss > -1.5e3 AND params.lr = '0.1' and tags.t != 'x'")).toEqual([
      ["metrics.loss", ">", "-1.5e3"],
      ["params.lr", "=", "'0.1'"],
      ["tags.t", "!=", "'x'"],
    ]);
  });

  it("may leave AND out, double it, or end with it, as MLflow lets it", () => {
    expect(written("a = '1' b = '2' AND AND c = '3' AND")).toHaveLength(3);
    expect(written("a='1'AND b='2'")).toHaveLength(2);
  });

  it.each([
    ["params.x = 'a AND b'", "'a AND b'"],
    ["params.x = 'a; OR (b'", "'a; OR (b'"],
    ["params.x = 'it''s'", "'it''s'"],
    [String.raw`params.x = 'it\'s'`, String.raw`'it\'s'`],
    [String.raw`params.x = 'C:\'`, String.raw`'C:\'`],
    [`params.x = "it's"`, `"it's"`],
    ["params.x = ''", "''"],
  ])("keeps what stands in quotes: %s", (filter, value) => {
    expect(written(filter)).toEqual([["params.x", "=", value]]);
  });

  it.each([
    "metrics.`a b`",
    'metrics."a b"',
    "metrics.'a b'",
    "metrics.a.b.c",
    "metrics.f1(macro)",
    "metrics.a[0]",
    "metrics.ns::loss",
    "metrics.5abc",
    "metrics.日本",
    "`metrics`.x",
    "metrics . x",
  ])("knows the identifier %s", (identifier) => {
    expect(written(`${identifier} > 1`)).toEqual([[identifier, ">", "1"]]);
  });

  it("knows lists and nulls in any case", () => {
    expect(written("run_id not  in ('a', 'b') AND tags.x is null AND tags.y IS NOT NULL AND run_id IN('c')")).toEqual([
      ["run_id", "NOT IN", "('a', 'b')"],
      ["tags.x", "IS NULL", undefined],
      ["tags.y", "IS NOT NULL", undefined],
      ["run_id", "IN", "('c')"],
    ]);
  });

  it.each([
    ["metrics.x > 1 OR metrics.x < 0", "Invalid clause(s) in filter string: 'OR'"],
    ["(metrics.x > 1)", "Invalid clause(s) in filter string: '(metrics.x > 1)'"],
    ["params.x = 'a', params.y = 'b'", "Invalid clause(s) in filter string: 'params.x = 'a', params.y = 'b''"],
    ["params.x = 'a' foo", "Invalid clause(s) in filter string: 'params.x = 'a' foo'"],
    ["params.x", "Invalid clause(s) in filter string: 'params.x'"],
    ["params.x = true", "Invalid clause(s) in filter string: 'params.x', '=', 'true'"],
    ["metrics.x between 1 and 2", "Invalid clause(s) in filter string: 'metrics.x', 'between', '1', '2'"],
    ["params.case = 'x'", "Invalid clause(s) in filter string: 'params.', 'case', '=', ''x''"],
    ["a = 'b';", "Invalid clause(s) in filter string: ';'"],
    [
      "a = 'b'; c = 'd'",
      `Search filter contained multiple expression "a = 'b'; c = 'd'". Provide AND-ed expression list.`,
    ],
    ["  ", "Invalid filter '  '. Could not be parsed."],
    ["a = '\0'", "Filter string must not contain NUL characters."],
  ])("is refused: %s", (filter, message) => {
    expect(() => parse(filter)).toThrow(new MlflowError("INVALID_PARAMETER_VALUE", message));
  });

  it("refuses what is nested or chained without end", () => {
    for (const filter of ["(".repeat(5000), "f(".repeat(5000), "a=".repeat(4000), "a = b+".repeat(1500)]) {
      expect(() => parse(filter)).toThrow(/^Error on parsing filter/);
    }
  });
});

describe("a list", () => {
  it.each([
    ["('a')", ["a"]],
    [`('a', "b",)`, ["a", "b"]],
    ["('a' 'b')", ["ab"]],
    [String.raw`('it\'s', '\x41\u00e9\n\101')`, ["it's", "Aé\nA"]],
    ["()", []],
    ["(1, 'a')", [{ literal: "1" }, "a"]],
    ["(a)", undefined],
    ["('a'", undefined],
  ])("is read as Python reads it: %s", (text, items) => {
    expect(parseList(text)).toEqual(items);
  });
});
