import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filterOf, filterSql, orderSql } from "../../shared/mlflow/search/compile.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { runSearch } from "../../shared/runs/search.ts";
import { searchDatabase } from "./database.ts";

let database: Awaited<ReturnType<typeof searchDatabase>>;
beforeAll(async () => {
  database = await searchDatabase();
  await database.run(`
    INSERT INTO runs (run_uuid, experiment_id, status, start_time, end_time) VALUES
      ('a', 0, 'FINISHED', 9007199254740993, 10), ('b', 0, 'RUNNING', 20, 2),
      ('c', 0, 'FAILED', 9007199254740992, NULL), ('d', 0, NULL, 5, NULL);
    INSERT INTO latest_metrics (run_uuid, key, value, step, is_nan) VALUES
      ('a', 'a b', 2, 0, false), ('b', 'a b', 1.5, 0, false), ('c', 'a b', 0, 0, true),
      ('a', 'x', 1, 0, false), ('b', 'x', 0, 0, true),
      ('b', 'constructor', 2, 0, false), ('b', '__proto__', 2, 0, false), ('b', 'toString', 2, 0, false),
      ('c', 'val/loss', 1, 0, false), ('d', 'val/loss', 2, 0, false),
      ('a', 'it''s', 0, 0, false), ('b', 'it''s', 1, 0, false);
    INSERT INTO params (run_uuid, key, value) VALUES
      ('a', 'p', 'abc'), ('b', 'p', 'Abd'), ('c', 'p', 'zzz'), ('a', 'q', '1'), ('b', 'q', '2');
    INSERT INTO tags (run_uuid, key, value) VALUES
      ('a', 'mlflow.runName', 'x'), ('a', 't', '1'), ('a', 'u', '2'), ('b', 'u', '3'), ('c', 't', '1');
    INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source) VALUES
      ('one', 0, 'd', 'g', 'local', ''), ('other', 0, 'e', 'h', 'local', '');
    INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id) VALUES
      ('1', 'DATASET', 'one', 'RUN', 'a'), ('2', 'DATASET', 'one', 'RUN', 'b'), ('3', 'DATASET', 'other', 'RUN', 'c');
    INSERT INTO input_tags (input_uuid, name, value) VALUES
      ('1', 'mlflow.data.context', 'train'), ('2', 'mlflow.data.context', 'eval'), ('3', 'mlflow.data.context', 'train')`);
});
afterAll(() => database.close());

/** The runs that a filter finds, by its condition and clause by clause. */
async function found(filter: string | undefined): Promise<string> {
  const runs = await database.column("SELECT run_uuid FROM runs r WHERE", filterSql(runSearch, filter));
  const { among, others } = filterOf(runSearch, filter);
  const all = sql`SELECT run_uuid AS id FROM runs r WHERE ${others}`;
  const left = await database.column(
    "",
    among.reduce((ids, of) => of(sql`ARRAY(${ids})`), all),
  );
  expect(left.sort()).toEqual(runs.sort());
  return runs.join("");
}

const refused = (filter: string) => expect(() => filterSql(runSearch, filter));

describe("runs filter", () => {
  it("finds every run where there is none", async () => {
    expect(await found(undefined)).toBe("abcd");
  });

  it.each([
    ["metrics.`a b` > 1.5", "a"],
    ["metrics.`a b` >= 1.5", "ab"],
    ["metrics.`a b` < 1e400", "ab"],
    ["metrics.`a b` = 2", "a"],
    ["metrics.`a b` != 2", "bc"],
    ["metric.x != 1e400", "ab"],
    ["metrics.absent != 1", ""],
  ])("finds metrics by their latest value, NaN only by !=: %s", async (filter, runs) => {
    expect(await found(filter)).toBe(runs);
  });

  it.each([
    ["params.p LIKE 'A%'", "b"],
    ["params.p ILIKE 'A%'", "ab"],
    ["params.p != 'abc'", "bc"],
    ["params.q IS NULL", "cd"],
    ["tags.t IS NULL", "bd"],
    ["tags.u is not null", "ab"],
    ["params.p ILIKE 'A%' AND tag.t IS NULL AND tags.u is not null", "b"],
  ])("finds params and tags that exist, and those that don't by IS NULL: %s", async (filter, runs) => {
    expect(await found(filter)).toBe(runs);
  });

  it("takes a run's name from its tag", async () => {
    for (const name of ["run_name", "attributes.run_name", "`Run name`", "run.`run name`"])
      expect(await found(`${name} = 'x'`)).toBe("a");
  });

  it.each([
    ["status = 'FINISHED'", "a"],
    ["attr.run_id NOT IN ('a', 'b')", "cd"],
    ["run_id IN ('a', 'c')", "ac"],
    ["run_id = ('a')", "a"],
    ["created >= 9007199254740993", "a"],
    ["end_time < 99999999999999999999", "ab"],
    ["end_time < 2.5", "b"],
  ])("compares attributes: %s", async (filter, runs) => {
    expect(await found(filter)).toBe(runs);
  });

  it.each([
    ["dataset.name IN ('d')", "ab"],
    ["dataset.digest = 'h'", "c"],
    ["datasets.context = 'train'", "ac"],
    ["dataset.name IN ('d') AND datasets.context = 'train'", "a"],
  ])("finds runs by their datasets and what these were used for: %s", async (filter, runs) => {
    expect(await found(filter)).toBe(runs);
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

  it("takes no key for more than a key", async () => {
    for (const key of ["constructor", "__proto__", "toString"]) {
      expect(await found(`metrics.${key} > 1`)).toBe("b");
      refused(`${key} = 'a'`).toThrow(/Invalid attribute key|Invalid clause/);
    }
  });
});

describe("runs order_by", () => {
  const ordered = async (...clauses: string[]) => {
    const { joins, orderBy } = orderSql(runSearch, clauses);
    return (await database.column("SELECT r.run_uuid FROM runs r", sql`${joins} ORDER BY ${orderBy}`)).join("");
  };

  it("is latest start first", async () => {
    expect(await ordered()).toBe("acbd");
  });

  it("is by run id where runs start together", async () => {
    await database.run("UPDATE runs SET start_time = start_time - 1 WHERE run_uuid = 'a'");
    expect(await ordered()).toBe("acbd");
    await database.run("UPDATE runs SET start_time = start_time + 1 WHERE run_uuid = 'a'");
  });

  it("puts NaN and then missing metrics last in both directions", async () => {
    expect(await ordered("metrics.`a b` DESC")).toBe("abcd");
    expect(await ordered("metrics.`a b`")).toBe("bacd");
  });

  it("puts missing params last in both directions", async () => {
    expect(await ordered("params.q")).toBe("abcd");
    expect(await ordered("params.q DESC")).toBe("bacd");
  });

  it("reads directions in any case, quotes of any kind, and aliases", async () => {
    expect(await ordered("created desc")).toBe("acbd");
    expect(await ordered("created aSc")).toBe("dbca");
    expect(await ordered('metrics."val/loss" aSc')).toBe("cdab");
    expect(await ordered('metrics."val/loss" dEsC')).toBe("dcab");
    expect(await ordered("`metrics`.`it's` DESC")).toBe("bacd");
  });

  it.each([
    [["metrics.x foo"], "Invalid ordering key in order_by clause 'metrics.x foo'."],
    [["metrics.x desc nulls last"], "Invalid order_by clause 'metrics.x desc nulls last'. Could not be parsed."],
    [["metrics.a/b"], "Invalid order_by clause 'metrics.a/b'. Could not be parsed."],
    [[""], "Invalid order_by clause ''. Could not be parsed."],
    [["dataset.name"], "Invalid identifier type 'dataset'"],
  ])("refuses %j", (orderBy, message) => {
    expect(() => orderSql(runSearch, orderBy)).toThrow(new MlflowError("INVALID_PARAMETER_VALUE", message));
  });

  it("refuses a field named twice with MLflow's status", () => {
    expect(() => orderSql(runSearch, ["start_time", "created desc"])).toThrow(
      new MlflowError("INTERNAL_ERROR", "`order_by` contains duplicate fields: ['start_time', 'created desc']"),
    );
  });
});
