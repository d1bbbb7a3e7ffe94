import { describe, expect, it } from "vitest";
import { experimentsFilter, experimentsOrderBy } from "../../shared/experiments/search.ts";
import { onOneLine } from "./shown.ts";

describe("experiments filter", () => {
  it.each([
    ["name LIKE 'a%'", "e.name LIKE $1::text", ["a%"]],
    ["attribute.`name` = 'x'", "e.name = $1::text", ["x"]],
    ["experiment_id != '12'", "e.experiment_id <> $1::bigint", ["12"]],
    ["experiment_id IN ('1', '2')", "e.experiment_id::text = ANY($1::text[])", [["1", "2"]]],
    ["creation_time > 5", "e.creation_time > $1::bigint", ["5"]],
    [
      "tags.`a b` = 'x'",
      "EXISTS (SELECT FROM experiment_tags t WHERE t.key = $1 AND t.experiment_id = e.experiment_id AND t.value = $2::text)",
      ["a b", "x"],
    ],
    [
      "tags.x IS NULL",
      "NOT EXISTS (SELECT FROM experiment_tags t WHERE t.key = $1 AND t.experiment_id = e.experiment_id)",
      ["x"],
    ],
  ])("%s", (filter, text, values) => {
    const condition = experimentsFilter(filter);
    expect([onOneLine(condition.text), condition.values]).toEqual([text, values]);
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
    expect(() => experimentsFilter(filter)).toThrow(message);
  });
});

describe("experiments order_by", () => {
  it("is newest first, ties by id", () => {
    expect(experimentsOrderBy().orderBy.text).toBe("e.creation_time DESC, e.experiment_id ASC");
    expect(experimentsOrderBy([]).orderBy.text).toBe("e.creation_time DESC, e.experiment_id ASC");
  });

  it("adds the id, highest first, to what was asked for", () => {
    expect(experimentsOrderBy(["name"]).orderBy.text).toBe("e.name ASC, e.experiment_id DESC");
  });

  it("refuses tags", () => {
    expect(() => experimentsOrderBy(["tags.x"])).toThrow("Invalid order_by entity: tag");
  });
});
