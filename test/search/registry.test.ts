import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filterSql, orderSql } from "../../shared/mlflow/search/compile.ts";
import { modelVersionSearch } from "../../shared/model-versions/search.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { registeredModelSearch } from "../../shared/registered-models/search.ts";
import { searchDatabase } from "./database.ts";

const isPrompt = "tags.`mlflow.prompt.is_prompt`";

let database: Awaited<ReturnType<typeof searchDatabase>>;
beforeAll(async () => {
  database = await searchDatabase();
  await database.run(`
    INSERT INTO registered_models (name, last_updated_time) VALUES ('a', 3), ('m', 5), ('n', 3), ('prompt', 1);
    INSERT INTO registered_model_tags (name, key, value) VALUES
      ('m', 'a b', 'X'), ('n', 'a b', 'y'), ('prompt', 'mlflow.prompt.is_prompt', 'true');
    INSERT INTO model_versions (name, version, last_updated_time, run_id, source) VALUES
      ('a', 3, 3, 'a', 's3://x'), ('m', 4, 5, 'b', 'S3://x'), ('n', 5, 3, 'c', 'wasbs://x'), ('prompt', 1, 1, '', '');
    INSERT INTO model_version_tags (name, version, key, value) VALUES
      ('m', 4, 'a b', 'X'), ('n', 5, 'a b', 'y'), ('prompt', 1, 'mlflow.prompt.is_prompt', 'true')`);
});
afterAll(() => database.close());

const foundModels = (filter: string | undefined) =>
  database.column(
    "SELECT name FROM registered_models rm WHERE",
    filterSql(registeredModelSearch, filter),
    "ORDER BY name",
  );

const foundVersions = (filter: string | undefined) =>
  database.column("SELECT name FROM model_versions mv WHERE", filterSql(modelVersionSearch, filter), "ORDER BY name");

describe.each([
  ["registered models", registeredModelSearch, foundModels],
  ["model versions", modelVersionSearch, foundVersions],
])("%s filter", (_name, search, found) => {
  it.each([
    [undefined, ["a", "m", "n"]],
    ["name = 'prompt'", []],
    ["name != 'a'", ["m", "n"]],
    [`${isPrompt} = 'false'`, ["a", "m", "n"]],
    [`${isPrompt} != 'true'`, ["a", "m", "n"]],
    [`${isPrompt} LIKE 'true'`, ["a", "m", "n"]],
    [`${isPrompt} = 'true'`, ["prompt"]],
    [`${isPrompt} != 'false'`, ["prompt"]],
    [`${isPrompt} = 'true' AND name = 'a'`, []],
  ])("hides prompts unless they are asked for: %s", async (filter, names) => {
    expect(await found(filter)).toEqual(names);
  });

  it.each([
    ["tags.`a b` ILIKE 'x' and name IN ('m', 'n')", ["m"]],
    ["tags.`a b` LIKE 'x'", []],
    ["tags.`a b` != 'X'", ["n"]],
    ["name IN ('m', 'n', 'prompt')", ["m", "n"]],
    ["name ILIKE 'M%'", ["m"]],
  ])("finds tags and names: %s", async (filter, names) => {
    expect(await found(filter)).toEqual(names);
  });

  it.each([
    ["foo = 'a'", /^Invalid attribute key 'foo' specified/],
    ["`name` = 'a'", /^Invalid attribute key '`name`' specified/],
    ["attributes.name = 'a'", "Invalid entity type 'attributes'. Valid entity types are ('attribute', 'tag', 'tags')"],
    ["tags.x IN ('a')", "Expected a quoted string value for tag (e.g. 'my-value'). Got value ('a')"],
    ["tags.x < 'a'", "Invalid comparator for tag: <"],
    ["name < 'a'", "Invalid comparator for attribute: <"],
    ["tags.x IS NULL", /^IS NULL \/ IS NOT NULL is not supported for/],
  ])("refuses %s", (filter, message) => {
    expect(() => filterSql(search, filter)).toThrow(message);
  });
});

describe("model versions filter", () => {
  it.each([
    ["version_number > 3", ["m", "n"]],
    ["version_number = '3'", ["a"]],
    ["run_id NOT IN ('a')", ["m", "n"]],
    ["source_path LIKE 's3:%'", ["a"]],
    ["source_path ILIKE 's3:%'", ["a", "m"]],
  ])("%s", async (filter, names) => {
    expect(await foundVersions(filter)).toEqual(names);
  });

  it.each([
    ["version_number = 1.5", "Invalid value for numeric attribute 'version_number': 1.5"],
    ["version_number = 'x'", "Invalid value for numeric attribute 'version_number': 'x'"],
    ["version_number LIKE '1'", "Invalid comparator for attribute version_number: LIKE"],
    ["source_path IN ('a')", "Only ['name', 'run_id'] attributes support comparison with a list"],
    ["name = 5", /^Only the '\{.*\}' attributes support comparison with numeric values\.$/],
  ])("refuses %s", (filter, message) => {
    expect(() => filterSql(modelVersionSearch, filter)).toThrow(message);
  });
});

describe("registry order_by", () => {
  const models = (clauses?: string[]) =>
    database.column(
      "SELECT name FROM registered_models rm",
      sql`${orderSql(registeredModelSearch, clauses).joins} ORDER BY ${orderSql(registeredModelSearch, clauses).orderBy}`,
    );
  const versions = (clauses?: string[]) =>
    database.column(
      "SELECT name FROM model_versions mv",
      sql`${orderSql(modelVersionSearch, clauses).joins} ORDER BY ${orderSql(modelVersionSearch, clauses).orderBy}`,
    );

  it("has MLflow's defaults", async () => {
    expect(await models()).toEqual(["a", "m", "n", "prompt"]);
    expect(await versions([])).toEqual(["m", "a", "n", "prompt"]);
  });

  it("adds what breaks ties", async () => {
    expect(await models(["timestamp DESC"])).toEqual(["m", "a", "n", "prompt"]);
    expect(await models(["timestamp"])).toEqual(["prompt", "a", "n", "m"]);
    expect(await versions(["version_number"])).toEqual(["prompt", "a", "m", "n"]);
    expect(await versions(["version_number DESC"])).toEqual(["n", "m", "a", "prompt"]);
  });

  it("refuses other keys and doubled ones", () => {
    expect(() => orderSql(registeredModelSearch, ["foo"])).toThrow(
      "Invalid order by key 'foo' specified. Valid keys are '{'name', 'timestamp'}'",
    );
    expect(() => orderSql(registeredModelSearch, ["timestamp", "last_updated_timestamp"])).toThrow(
      new MlflowError(
        "INTERNAL_ERROR",
        "`order_by` contains duplicate fields: ['timestamp', 'last_updated_timestamp']",
      ),
    );
    expect(() => orderSql(modelVersionSearch, ["run_id"])).toThrow(/^Invalid attribute key 'run_id' specified/);
  });
});
