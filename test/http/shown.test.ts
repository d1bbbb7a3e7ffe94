import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MlflowError } from "../../shared/platform/errors.ts";
import { shown, shownJson } from "../../shared/platform/shown.ts";

describe("what a message repeats", () => {
  it("is the whole of a short text and the beginning of a long one", () => {
    expect(shown("a".repeat(200))).toBe("a".repeat(200));
    expect(shown("a".repeat(201))).toBe(`${"a".repeat(200)}...`);
  });

  it("never ends within a character and is always valid Unicode", () => {
    expect(shown(`a${"😀".repeat(200)}`)).toBe(`a${"😀".repeat(99)}...`);
    expect(shown("\ud83d!")).toBe("\ufffd!");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => shown(text).isWellFormed()),
      { numRuns: 100 },
    );
  });

  it("is a value's JSON", () => {
    const value = { a: [1, "b", null, { c: true }], d: 2n ** 63n, e: undefined, 'f"': "\n" };
    expect(shownJson(value)).toBe('{"a":[1,"b",null,{"c":true}],"d":9223372036854775808,"f\\"":"\\n"}');
    expect(shownJson(undefined)).toBe("null");
    expect(shownJson([])).toBe("[]");
  });

  it("costs no more than what is shown, however large or deep the value is", () => {
    let deep: unknown[] = [];
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(shownJson(deep)).toBe(`${"[".repeat(200)}...`);
    expect(shownJson(new Array(1_000_000).fill("abc"))).toHaveLength(203);
    expect(shownJson("\ud83d\ude00".repeat(1_000_000)).isWellFormed()).toBe(true);
  });
});

describe("an error's body", () => {
  it.each(["a", "\u0001", "日", "😀", '"'])("stays below 4 KB for any message of %j", (character) => {
    const body = JSON.stringify(new MlflowError("INVALID_PARAMETER_VALUE", character.repeat(100_000)));
    expect(Buffer.byteLength(body)).toBeLessThan(4096);
    expect(JSON.parse(body).message.isWellFormed()).toBe(true);
    expect(body.length).toBeGreaterThan(500);
  });
});
