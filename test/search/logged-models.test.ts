import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DatasetFilter, loggedModelSearch, loggedModelsOrderBy } from "../../shared/logged-models/search.ts";
import { filterSql } from "../../shared/mlflow/search/compile.ts";
import type { LoggedModelOrder } from "../../shared/mlflow/search/page-token.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { searchDatabase } from "./database.ts";

let database: Awaited<ReturnType<typeof searchDatabase>>;
beforeAll(async () => {
  database = await searchDatabase();
  await database.run(`
    INSERT INTO experiments (experiment_id, name, workspace) VALUES (5, 'other', 'default');
    INSERT INTO runs (run_uuid, experiment_id) VALUES ('r', 0), ('s', 0);
    INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
      last_updated_timestamp_ms, status, lifecycle_stage, model_type) VALUES
      ('a', 0, 'apple', 's3://x', 5, 8, 1, 'active', 'agent'), ('b', 0, '"q"', '', 6, 7, 2, 'active', NULL),
      ('c', 5, 'Avocado', '', 6, 9, 3, 'active', 'agent'), ('d', 5, '', '', 1, 1, 2, 'active', NULL);
    INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value) VALUES
      ('a', 0, 'lr', '5'), ('b', 0, 'lr', '0.1');
    INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) VALUES
      ('a', 0, 'a b', 'x'), ('b', 0, 'a b', 'X'), ('c', 5, 'a b', '');
    INSERT INTO logged_model_metrics (model_id, run_id, experiment_id, metric_name, metric_timestamp_ms, metric_step,
      metric_value, dataset_name, dataset_digest) VALUES
      ('a', 'r', 0, 'a/b', 1, 2, 0.25, NULL, NULL), ('a', 'r', 0, 'a/b', 2, 1, 0.75, 'd', 'g'),
      ('b', 'r', 0, 'a/b', 2, 0, 1, 'e', NULL), ('b', 'r', 0, 'a/b', 1, 0, 2, 'd', 'other'),
      ('c', 'r', 5, 'a/b', 0, 0, 3, 'd', 'g'), ('c', 's', 5, 'a/b', 0, 0, 4, 'd', 'g'),
      ('c', 'r', 5, 'm.x', 0, 0, 1, NULL, NULL)`);
});
afterAll(() => database.close());

const found = async (filter: string | undefined, datasets?: DatasetFilter[]) => {
  const condition = filterSql(loggedModelSearch(datasets), filter);
  return (await database.column("SELECT model_id FROM logged_models lm WHERE", condition, "ORDER BY model_id")).join(
    "",
  );
};

describe("logged models filter", () => {
  it.each([
    [undefined, "abcd"],
    ["name = 'apple'", "a"],
    ["name = '''apple'''", "a"],
    ["name = apple", "a"],
    ["name = ('apple')", "a"],
    ['name = "q"', "b"],
    ["name ILIKE 'a%'", "ac"],
    ["name like 'a%'", "a"],
    ["name IN ('apple', 'Avocado')", "ac"],
    ["name NOT IN ('apple')", "bcd"],
    ["name IN ()", ""],
    ["name NOT IN ()", "abcd"],
    ["model_type = 'agent' AND name != 'apple'", "c"],
    ["creation_time >= 6", "bc"],
    ["attributes.creation_timestamp < 5.5", "ad"],
    ["attributes.last_updated_timestamp_ms < inf", "abcd"],
    ["status = 'READY'", "bd"],
    ["status != 'READY'", "ac"],
    ["status IN ('PENDING', 'READY')", "abd"],
    ["status NOT IN ('PENDING', 'FAILED')", "bd"],
    ["status IN ()", ""],
    ["status NOT IN ()", "abcd"],
    ["experiment_id = 5", "cd"],
    ["experiment_id != '5'", "ab"],
    ["experiment_id IN ('0', '99999999999999999999')", "ab"],
    ["experiment_id = '99999999999999999999'", ""],
  ])("compares attributes: %s", async (filter, models) => {
    expect(await found(filter)).toBe(models);
  });

  it.each([
    ["params.lr = 5", "a"],
    ["params.lr != '5'", "b"],
    ["params.absent != '5'", ""],
    ["tags.`a b` like 'x'", "a"],
    ["tags.`a b` ILIKE 'x'", "ab"],
    ["tags.`a b` IN ('x', '')", "ac"],
    ["params.lr = 5 AND tags.`a b` ilike 'X'", "a"],
  ])("finds params and tags that exist, any value as a text: %s", async (filter, models) => {
    expect(await found(filter)).toBe(models);
  });

  it.each([
    ["metrics.a/b = 0.25", "a"],
    ["metrics.a/b = 0.75", ""],
    ["metrics.a/b = 1", "b"],
    ["metrics.a/b = 4", "c"],
    ["metrics.a/b != 1", "ac"],
    ["metrics.m.x >= 1", "c"],
    ["metrics.absent != 1", ""],
  ])("compares the latest value of a metric: highest step, then time, then value: %s", async (filter, models) => {
    expect(await found(filter)).toBe(models);
  });

  it("compares the latest value on the datasets, where there are any", async () => {
    const onOne = [{ dataset_name: "d", dataset_digest: "g" }];
    expect(await found("metrics.a/b = 0.75", onOne)).toBe("a");
    expect(await found("metrics.a/b > 0", onOne)).toBe("ac");
    expect(await found("metrics.a/b > 0", [...onOne, { dataset_name: "e" }])).toBe("abc");
    expect(await found("metrics.a/b > 0", [{ dataset_name: "d" }])).toBe("");
  });

  it("needs a metric on the datasets where no metric is compared", async () => {
    expect(await found("", [{ dataset_name: "d", dataset_digest: "g" }])).toBe("ac");
    expect(await found("name = 'apple'", [{ dataset_name: "e" }])).toBe("");
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
    ["metrics.x LIKE 'a'", "Invalid comparison operator for metrics.x: 'LIKE'."],
    ["tags.x IS NULL", "Invalid comparison: tags.xIS NULL. Expected a comparison with 3 tokens."],
    ["status = 'FOO'", "Unknown model status in filter: 'FOO'"],
    ["status IN ('READY', 'FOO')", "Unknown model status in filter: ('READY', 'FOO')"],
    ["status = ('READY', 'FOO')", "Unknown model status in filter: ('READY', 'FOO')"],
    ["status = ('READY', 'FAILED')", "Invalid comparator '=' for a list of values. Use 'IN' or 'NOT IN'."],
    ["status LIKE 'R'", "Invalid comparison operator for status: LIKE"],
    ["metrics.x > 'a'", `could not convert string to float: "'a'"`],
    ["foo = 'a'", /^Invalid attribute key 'foo' specified/],
    ["experiment_id = 'a'", "Invalid experiment ID 'a'. Experiment ID must be a valid integer."],
    ["name = 'a'; name = 'b'", `Invalid filter string: "name = 'a'; name = 'b'". Expected a single SQL expression.`],
    [
      "name = 'a' OR name = 'b'",
      /^Invalid filter string: "name = 'a' OR name = 'b'"\. Expected a list of comparisons separated by 'AND'/,
    ],
    ["name > 'a' OR name = 'b'", /^Invalid comparison operator for attributes\.name/],
  ])("refuses %s", (filter, message) => {
    expect(() => filterSql(loggedModelSearch(), filter)).toThrow(message);
  });

  it("refuses a dataset without a name", () => {
    expect(() => loggedModelSearch([{ dataset_name: "" }])).toThrow(
      "`dataset_name` in the `datasets` clause must be specified.",
    );
  });
});

describe("logged models order_by", () => {
  const ordered = async (clauses?: LoggedModelOrder[], datasets?: DatasetFilter[]) => {
    const { joins, orderBy } = loggedModelsOrderBy(clauses, datasets);
    const ids = await database.column("SELECT lm.model_id FROM logged_models lm", sql`${joins} ORDER BY ${orderBy}`);
    return ids.join("");
  };

  it("is latest first, then model id", async () => {
    expect(await ordered()).toBe("bcad");
    expect(await ordered([{ field_name: "model_type" }])).toBe("cabd");
    expect(await ordered([{ field_name: "model_type", ascending: false }])).toBe("cabd");
  });

  it("is by attributes and their other names", async () => {
    expect(await ordered([{ field_name: "creation_time" }, { field_name: "model_id", ascending: false }])).toBe("dacb");
    expect(await ordered([{ field_name: "last_updated_timestamp", ascending: false }])).toBe("cabd");
  });

  it("is by the latest values of metrics, missing ones last in both directions", async () => {
    expect(await ordered([{ field_name: "metrics.a/b" }])).toBe("abcd");
    expect(await ordered([{ field_name: "metrics.a/b", ascending: false }])).toBe("cbad");
    expect(await ordered([{ field_name: "metrics.m.x" }, { field_name: "metrics.a/b", ascending: false }])).toBe(
      "cbad",
    );
  });

  it("is by metrics on a dataset, where one is named or the search has some", async () => {
    const onOne = { dataset_name: "d", dataset_digest: "other" };
    expect(await ordered([{ field_name: "metrics.a/b", ...onOne }, { field_name: "creation_time" }])).toBe("bdac");
    expect(await ordered([{ field_name: "metrics.a/b" }], [onOne])).toBe("bcad");
  });

  it("refuses what is no column and no metric", () => {
    expect(() => loggedModelsOrderBy([{ field_name: "foo" }])).toThrow("Invalid order by field name: foo");
    expect(() => loggedModelsOrderBy([{ field_name: "params.x" }])).toThrow(
      "Invalid order by field name: params.x. Only metrics are supported.",
    );
  });
});
