import { describe, expect, it } from "vitest";
import { loggedModelsFilter, loggedModelsOrderBy } from "../../shared/logged-models/search.ts";
import { onOneLine } from "./shown.ts";

const dataset = { dataset_name: "d", dataset_digest: "g" };

describe("logged models filter", () => {
  it.each([
    ["name = 'a'", "lm.name = $1::text", ["a"]],
    ["name = '''a'''", "lm.name = $1::text", ["a"]],
    ['name = "a"', "lm.name = $1::text", ['"a"']],
    ["name NOT IN ()", "lm.name <> ALL($1::text[])", [[]]],
    ["creation_time >= 5", "lm.creation_timestamp_ms >= $1::numeric", ["5"]],
    ["attributes.last_updated_timestamp_ms < inf", "lm.last_updated_timestamp_ms < $1::float8", ["Infinity"]],
    ["status = 'READY'", "lm.status = ANY($1::numeric[])", [["2"]]],
    ["status NOT IN ('PENDING', 'FAILED')", "lm.status <> ALL($1::numeric[])", [["1", "3"]]],
  ])("%s", (filter, text, values) => {
    const condition = loggedModelsFilter(filter);
    expect([onOneLine(condition.text), condition.values]).toEqual([text, values]);
  });

  it("takes any value for a text, and operators in any case", () => {
    expect(loggedModelsFilter("params.lr = 5 AND tags.`a b` like 'x'").values).toEqual(["lr", "5", "a b", "x"]);
  });

  it("compares a metric's latest value, on the datasets where given", () => {
    const { text, values } = loggedModelsFilter("metrics.a/b > 0.5", [dataset, { dataset_name: "e" }]);
    expect(onOneLine(text)).toContain(
      "unnest($2::text[], $3::text[]) AS d(name, digest) " +
        "WHERE d.name = m.dataset_name AND d.digest IS NOT DISTINCT FROM m.dataset_digest)",
    );
    expect(text).toMatch(/ORDER BY m\.metric_step DESC, m\.metric_timestamp_ms DESC, m\.metric_value DESC LIMIT 1\) l/);
    expect(values).toEqual(["a/b", ["d", "e"], ["g", null], "0.5"]);
  });

  it("wants a metric on the datasets where no metric is compared", () => {
    expect(onOneLine(loggedModelsFilter("", [dataset]).text)).toMatch(/^EXISTS \(SELECT FROM logged_model_metrics/);
  });

  it.each([
    ["metric.x > 1", "Invalid entity type: 'metric'. Expected one of ['attributes', 'metrics', 'params', 'tags']."],
    [
      "name > 'a'",
      "Invalid comparison operator for attributes.name: '>'. Expected one of ('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN').",
    ],
    [
      "metrics.x LIKE 1",
      "Invalid comparison operator for metrics.x: 'LIKE'. Expected one of ('<', '<=', '>', '>=', '=', '!=').",
    ],
    ["tags.x IS NULL", "Invalid comparison: tags.xIS NULL. Expected a comparison with 3 tokens."],
    ["status = 'FOO'", "Unknown model status in filter: 'FOO'"],
    ["status IN ('READY', 'FOO')", "Unknown model status in filter: ('READY', 'FOO')"],
    ["status LIKE 'R'", "Invalid comparison operator for status: LIKE"],
    ["metrics.x > 'a'", `could not convert string to float: "'a'"`],
    ["foo = 'a'", /^Invalid attribute key 'foo' specified/],
    ["experiment_id = 'a'", "Invalid experiment ID 'a'. Experiment ID must be a valid integer."],
    ["name = 'a'; name = 'b'", `Invalid filter string: "name = 'a'; name = 'b'". Expected a single SQL expression.`],
    [
      "name = 'a' OR name = 'b'",
      /^Invalid filter string: "name = 'a' OR name = 'b'"\. Expected a list of comparisons separated by 'AND'/,
    ],
  ])("refuses %s", (filter, message) => {
    expect(() => loggedModelsFilter(filter)).toThrow(message);
  });

  it("refuses a dataset without a name", () => {
    expect(() => loggedModelsFilter("", [{ dataset_name: "" }])).toThrow(
      "`dataset_name` in the `datasets` clause must be specified.",
    );
  });
});

describe("logged models order_by", () => {
  it("is latest first, then model id", () => {
    expect(loggedModelsOrderBy().orderBy.text).toBe("lm.creation_timestamp_ms DESC, lm.model_id ASC");
  });

  it("orders by metrics on a dataset, missing ones last", () => {
    const { joins, orderBy } = loggedModelsOrderBy([
      { field_name: "metrics.a.b", ascending: false, dataset_name: "d", dataset_digest: "g" },
      { field_name: "creation_time" },
    ]);
    expect(joins.text).toMatch(/^LEFT JOIN LATERAL \(SELECT m\.metric_value .* LIMIT 1\) o1 ON TRUE$/s);
    expect(joins.values).toEqual(["a.b", "d", "g"]);
    expect(orderBy.text).toBe("o1.metric_value DESC NULLS LAST, lm.creation_timestamp_ms ASC, lm.model_id ASC");
  });

  it("refuses what is no column and no metric", () => {
    expect(() => loggedModelsOrderBy([{ field_name: "foo" }])).toThrow("Invalid order by field name: foo");
    expect(() => loggedModelsOrderBy([{ field_name: "params.x" }])).toThrow(
      "Invalid order by field name: params.x. Only metrics are supported.",
    );
  });
});
