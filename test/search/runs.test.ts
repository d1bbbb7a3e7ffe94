import { describe, expect, it } from "vitest";
import { MlflowError } from "../../shared/platform/errors.ts";
import { runsFilter, runsOrderBy } from "../../shared/runs/search.ts";
import { onOneLine } from "./shown.ts";

const shown = (filter: string) => {
  const { text, values } = runsFilter(filter);
  return [onOneLine(text), values];
};
const refused = (filter: string) => expect(() => runsFilter(filter));

describe("runs filter", () => {
  it("is TRUE for no filter", () => {
    expect(runsFilter(undefined).text).toBe("TRUE");
  });

  it("finds metrics by their latest value, NaN only by !=", () => {
    expect(shown("metrics.`a b` > 1.5")).toEqual([
      "EXISTS (SELECT FROM latest_metrics m WHERE m.key = $1 AND m.run_uuid = r.run_uuid AND m.value > $2::float8 AND NOT m.is_nan)",
      ["a b", "1.5"],
    ]);
    expect(shown("metric.x != 1e400")).toEqual([
      "EXISTS (SELECT FROM latest_metrics m WHERE m.key = $1 AND m.run_uuid = r.run_uuid AND (m.value <> $2::float8 OR m.is_nan))",
      ["x", "Infinity"],
    ]);
  });

  it("finds params and tags that exist, and those that don't by IS NULL", () => {
    expect(shown("params.p ILIKE 'A%' AND tag.t IS NULL AND tags.u is not null")).toEqual([
      "EXISTS (SELECT FROM params k WHERE k.key = $1 AND k.run_uuid = r.run_uuid AND k.value ILIKE $2::text)" +
        " AND NOT EXISTS (SELECT FROM tags k WHERE k.key = $3 AND k.run_uuid = r.run_uuid)" +
        " AND EXISTS (SELECT FROM tags k WHERE k.key = $4 AND k.run_uuid = r.run_uuid)",
      ["p", "A%", "t", "u"],
    ]);
  });

  it("takes a run's name from its tag", () => {
    for (const name of ["run_name", "attributes.run_name", "`Run name`", "run.`run name`"]) {
      expect(shown(`${name} = 'x'`)[1]).toEqual(["mlflow.runName", "x"]);
    }
  });

  it.each([
    ["status = 'FINISHED'", "r.status = $1::text", ["FINISHED"]],
    ["attr.run_id NOT IN ('a', 'b')", "r.run_uuid <> ALL($1::text[])", [["a", "b"]]],
    ["run_id = ('a')", "r.run_uuid = $1::text", ["a"]],
    ["created >= 9007199254740993", "r.start_time >= $1::bigint", ["9007199254740993"]],
    ["end_time < 99999999999999999999", "r.end_time < $1::numeric", ["99999999999999999999"]],
    ["end_time < 1.5", "r.end_time < $1::numeric", ["1.5"]],
  ])("compares attributes: %s", (filter, text, values) => {
    expect(shown(filter)).toEqual([text, values]);
  });

  it("finds runs by their datasets and what these were used for", () => {
    const [text, values] = shown("dataset.name IN ('d') AND datasets.context = 'train'");
    expect(text).toContain("d.name = ANY($1::text[])");
    expect(text).toContain("JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'");
    expect(values).toEqual([["d"], "train"]);
  });

  it.each([
    [
      "foo.x = 'a'",
      "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
    ],
    ["metrics.x = 'a'", "Expected numeric value type for metric. Found 'a'"],
    ["metrics.x = nan", "Expected numeric value type for metric. Found nan"],
    ["params.x = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"],
    ["start_time = '1'", "Expected numeric value type for numeric attribute: start_time. Found '1'"],
    ["status = 5", "Expected a quoted string value for attributes. Got value 5"],
    ["dataset.name = 5", "Expected a quoted string value for dataset attributes. Got value 5"],
    ["dataset.foo = 'a'", "Invalid dataset key 'foo' specified. Valid keys are '{'name', 'digest', 'context'}'"],
    ["tags.a-b = 'x'", "Invalid comparison clause. Expected 'Identifier' found 'tags.a-b'"],
    ["params.x > 'a'", "Invalid comparator '>' not one of '{'!=', '=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'}'"],
    ["tags.x > 'a'", "Invalid comparator '>' not one of '{'!=', '=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'}"],
    ["metrics.x LIKE 5", "Invalid comparator 'LIKE' not one of '{'>', '>=', '!=', '=', '<', '<='}"],
    ["metrics.x == 5", "Invalid comparator '==' not one of '{'>', '>=', '!=', '=', '<', '<='}"],
    ["metrics.x IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'x'"],
    ["status IN ('a')", "Only ['run_id'] attributes support comparison with a list of quoted string values."],
    [
      "run_id IN ()",
      "While parsing a list in the query, expected a non-empty list of string values, but got empty list",
    ],
    [
      "run_id IN (1)",
      "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (1,)",
    ],
    [
      "params.x = b",
      "Parameter value is either not quoted or unidentified quote types used for string value b. Use either single or double quotes.",
    ],
    [String.raw`params.x LIKE 'a\'`, String.raw`Invalid pattern 'a\\': it must not end with the escape character.`],
  ])("refuses %s", (filter, message) => {
    refused(filter).toThrow(new MlflowError("INVALID_PARAMETER_VALUE", message));
  });

  it("takes no key for more than a key", () => {
    for (const key of ["constructor", "__proto__", "toString"]) {
      expect(shown(`metrics.${key} > 1`)[1]).toEqual([key, "1"]);
      refused(`${key} = 'a'`).toThrow(/Invalid attribute key|Invalid clause/);
    }
  });
});

describe("runs order_by", () => {
  const shownOrder = (...orderBy: string[]) => {
    const { joins, orderBy: order } = runsOrderBy(orderBy);
    return [joins.text, joins.values, order.text];
  };

  it("is latest start first, then run id", () => {
    expect(shownOrder()).toEqual(["", [], "r.start_time DESC, r.run_uuid"]);
  });

  it("puts NaN and then missing metrics last in both directions", () => {
    expect(shownOrder("metrics.`a b` DESC", "params.p")).toEqual([
      "LEFT JOIN latest_metrics o1 ON o1.key = ? AND o1.run_uuid = r.run_uuid LEFT JOIN params o2 ON o2.key = ? AND o2.run_uuid = r.run_uuid"
        .replace("?", "$1")
        .replace("?", "$2"),
      ["a b", "p"],
      "CASE WHEN o1.is_nan THEN 1 WHEN o1.value IS NULL THEN 2 ELSE 0 END, o1.value DESC NULLS LAST, o2.value ASC, r.start_time DESC, r.run_uuid",
    ]);
  });

  it("reads directions in any case, quotes of any kind, and aliases", () => {
    expect(shownOrder("created desc")[2]).toBe("r.start_time DESC NULLS LAST, r.run_uuid");
    expect(shownOrder('metrics."val/loss" aSc')[1]).toEqual(["val/loss"]);
    expect(shownOrder("`metrics`.`it's` DESC")[1]).toEqual(["it's"]);
  });

  it.each([
    [["metrics.x foo"], "Invalid ordering key in order_by clause 'metrics.x foo'."],
    [["metrics.x desc nulls last"], "Invalid order_by clause 'metrics.x desc nulls last'. Could not be parsed."],
    [["metrics.a/b"], "Invalid order_by clause 'metrics.a/b'. Could not be parsed."],
    [[""], "Invalid order_by clause ''. Could not be parsed."],
    [["dataset.name"], "Invalid identifier type 'dataset'"],
  ])("refuses %j", (orderBy, message) => {
    expect(() => runsOrderBy(orderBy)).toThrow(new MlflowError("INVALID_PARAMETER_VALUE", message));
  });

  it("refuses a field named twice with MLflow's status", () => {
    expect(() => runsOrderBy(["start_time", "created desc"])).toThrow(
      new MlflowError("INTERNAL_ERROR", "`order_by` contains duplicate fields: ['start_time', 'created desc']"),
    );
  });
});
