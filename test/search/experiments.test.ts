import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experimentSearch } from "../../shared/experiments/search.ts";
import { filterSql, orderSql } from "../../shared/mlflow/search/compile.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { searchDatabase } from "./database.ts";

let database: Awaited<ReturnType<typeof searchDatabase>>;
beforeAll(async () => {
  database = await searchDatabase();
  await database.run(`
    DELETE FROM experiments;
    INSERT INTO experiments (experiment_id, name, creation_time, workspace) VALUES
      (1, 'apple', 5, 'default'), (2, 'avocado', 6, 'default'), (12, 'x', 6, 'default'), (20, 'apple', 1, 'other');
    INSERT INTO experiment_tags (experiment_id, key, value) VALUES
      (1, 'a b', 'x'), (2, 'x', '1'), (12, 'a b', 'y'), (12, 'x', '2')`);
});
afterAll(() => database.close());

const found = (filter: string | undefined) =>
  database.column(
    "SELECT experiment_id FROM experiments e WHERE",
    filterSql(experimentSearch, filter),
    "ORDER BY experiment_id",
  );

const ordered = (clauses?: string[]) => {
  const { joins, orderBy } = orderSql(experimentSearch, clauses);
  return database.column("SELECT e.experiment_id FROM experiments e", sql`${joins} ORDER BY ${orderBy}`);
};

describe("experiments filter", () => {
  it.each([
    [undefined, ["1", "2", "12", "20"]],
    ["name LIKE 'a%'", ["1", "2", "20"]],
    ["name ILIKE 'AV%'", ["2"]],
    ["attribute.`name` = 'x'", ["12"]],
    ["experiment_id != '12'", ["1", "2", "20"]],
    ["experiment_id IN ('1', '2')", ["1", "2"]],
    ["experiment_id NOT IN ('1', '2')", ["12", "20"]],
    ["creation_time > 5", ["2", "12"]],
    ["creation_time <= 5 AND name = 'apple'", ["1", "20"]],
    ["tags.`a b` = 'x'", ["1"]],
    ["tags.`a b` != 'x'", ["12"]],
    ["tags.x IS NULL", ["1", "20"]],
    ["tags.x IS NOT NULL", ["2", "12"]],
  ])("%s", async (filter, ids) => {
    expect(await found(filter)).toEqual(ids);
  });

  it.each([
    [
      "metrics.x > 1",
      "Invalid entity type 'metrics'. Valid entity types are ('attribute', 'attributes', 'tag', 'tags')",
    ],
    ["experiment_id = 'x'", "Invalid experiment ID 'x'. Experiment ID must be a valid integer."],
    ["experiment_id LIKE '1'", "Invalid comparator for experiment_id: LIKE"],
    ["creation_time > 1.5", "Invalid value for numeric attribute 'creation_time': '1.5'"],
    ["name IN ('a')", "Only ['experiment_id'] attributes support comparison with a list of quoted string values."],
    ["tags.x > 'a'", "Invalid comparator for tag: >"],
    ["name IS NULL", "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'"],
    ["name = 'a' OR name = 'b'", "Invalid clause(s) in filter string: OR"],
  ])("refuses %s", (filter, message) => {
    expect(() => filterSql(experimentSearch, filter)).toThrow(message);
  });
});

describe("experiments order_by", () => {
  it("is newest first, ties by id", async () => {
    expect(await ordered()).toEqual(["2", "12", "1", "20"]);
    expect(await ordered([])).toEqual(["2", "12", "1", "20"]);
  });

  it("adds the id, highest first, to what was asked for", async () => {
    expect(await ordered(["name"])).toEqual(["20", "1", "2", "12"]);
    expect(await ordered(["name DESC"])).toEqual(["12", "2", "20", "1"]);
  });

  it("refuses tags", () => {
    expect(() => orderSql(experimentSearch, ["tags.x"])).toThrow("Invalid order_by entity: tag");
  });
});
