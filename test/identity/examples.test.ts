import { describe, expect, it } from "vitest";
import { callers } from "./scenario/callers.ts";
import { needsOf } from "./scenario/meaning.ts";
import { names, routes, servedExamples, withoutExample } from "./served.ts";

describe("the table of routes and callers", () => {
  it("has an example of each served route", () => {
    expect(withoutExample).toEqual([]);
  });

  it("has no two examples of one name", () => {
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("can tell what each rule's text means", () => {
    for (const { may } of routes) expect(needsOf(may.text).length).toBeGreaterThan(0);
  });

  it("has not become small", () => {
    expect(servedExamples.length * callers.length).toBeGreaterThan(1800);
  });
});
