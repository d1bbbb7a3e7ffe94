import { describe, expect, it } from "vitest";
import { modelVersionsFilter, modelVersionsOrderBy } from "../../shared/model-versions/search.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { registeredModelsFilter, registeredModelsOrderBy } from "../../shared/registered-models/search.ts";
import { onOneLine } from "./shown.ts";

const isPrompt = "tags.`mlflow.prompt.is_prompt`";
const hidesPrompts = /NOT EXISTS \(SELECT FROM \w+ p WHERE .*p.key = 'mlflow.prompt.is_prompt'/s;

describe.each([
  ["registered models", registeredModelsFilter],
  ["model versions", modelVersionsFilter],
])("%s filter", (_name, filterOf) => {
  it("hides prompts unless they are asked for", () => {
    for (const filter of [
      undefined,
      "name = 'a'",
      `${isPrompt} = 'false'`,
      `${isPrompt} != 'true'`,
      `${isPrompt} LIKE 'true'`,
    ]) {
      expect(onOneLine(filterOf(filter).text)).toMatch(hidesPrompts);
      expect(filterOf(filter).values).not.toContain("mlflow.prompt.is_prompt");
    }
    for (const filter of [`${isPrompt} = 'true'`, `${isPrompt} = 'TRUE'`, `${isPrompt} != 'false'`]) {
      expect(onOneLine(filterOf(filter).text)).not.toMatch(hidesPrompts);
      expect(filterOf(filter).values).toContain("mlflow.prompt.is_prompt");
    }
  });

  it("finds tags and names", () => {
    const { text, values } = filterOf("tags.`a b` ILIKE 'x' and name IN ('m', 'n')");
    expect(text).toMatch(/name = ANY\(\$1::text\[\]\).*t\.key = \$2.*t\.value ILIKE \$3::text/s);
    expect(values).toEqual([["m", "n"], "a b", "x"]);
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
    expect(() => filterOf(filter)).toThrow(message);
  });
});

describe("model versions filter", () => {
  it.each([
    ["version_number > 3", "mv.version > $1::bigint", ["3"]],
    ["version_number = '3'", "mv.version = $1::bigint", ["3"]],
    ["run_id NOT IN ('a')", "mv.run_id <> ALL($1::text[])", [["a"]]],
    ["source_path LIKE 's3:%'", "mv.source LIKE $1::text", ["s3:%"]],
  ])("%s", (filter, text, values) => {
    const condition = modelVersionsFilter(filter);
    expect(onOneLine(condition.text).split(" AND NOT EXISTS")[0]).toBe(text);
    expect(condition.values).toEqual(values);
  });

  it.each([
    ["version_number = 1.5", "Invalid value for numeric attribute 'version_number': 1.5"],
    ["version_number = 'x'", "Invalid value for numeric attribute 'version_number': 'x'"],
    ["version_number LIKE '1'", "Invalid comparator for attribute version_number: LIKE"],
    ["source_path IN ('a')", "Only ['name', 'run_id'] attributes support comparison with a list"],
    ["name = 5", /^Only the '\{.*\}' attributes support comparison with numeric values\.$/],
  ])("refuses %s", (filter, message) => {
    expect(() => modelVersionsFilter(filter)).toThrow(message);
  });
});

describe("registry order_by", () => {
  it("has MLflow's defaults", () => {
    expect(registeredModelsOrderBy().orderBy.text).toBe("rm.name ASC");
    expect(modelVersionsOrderBy([]).orderBy.text).toBe("mv.last_updated_time DESC, mv.name ASC, mv.version DESC");
  });

  it("adds what breaks ties", () => {
    expect(registeredModelsOrderBy(["timestamp DESC"]).orderBy.text).toBe("rm.last_updated_time DESC, rm.name ASC");
    expect(modelVersionsOrderBy(["version_number"]).orderBy.text).toBe("mv.version ASC, mv.name ASC");
  });

  it("refuses other keys and doubled ones", () => {
    expect(() => registeredModelsOrderBy(["foo"])).toThrow(
      "Invalid order by key 'foo' specified. Valid keys are '{'name', 'timestamp'}'",
    );
    expect(() => registeredModelsOrderBy(["timestamp", "last_updated_timestamp"])).toThrow(
      new MlflowError(
        "INTERNAL_ERROR",
        "`order_by` contains duplicate fields: ['timestamp', 'last_updated_timestamp']",
      ),
    );
    expect(() => modelVersionsOrderBy(["run_id"])).toThrow(/^Invalid attribute key 'run_id' specified/);
  });
});
