import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkShape, parseJson } from "../../shared/platform/json.ts";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("JSON that someone sent", () => {
  it("keeps whole numbers beyond 2^53 and bare NaN and infinities", () => {
    expect(parseJson('{"a": 9223372036854775807, "b": -9007199254740993, "c": 9007199254740991}')).toEqual({
      a: 9223372036854775807n,
      b: -9007199254740993n,
      c: 9007199254740991,
    });
    expect(
      parseJson('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, \\" Infinity\\\\", "d": "\\\\\\"NaN"}'),
    ).toEqual({
      a: "NaN",
      b: ["-Infinity", "Infinity"],
      c: 'NaN, " Infinity\\',
      d: '\\"NaN',
    });
    expect(parseJson(`{"a": 1.5e3, "b": ${"9".repeat(400)}, "c": ${"9".repeat(401)}, "d": NaN}`)).toMatchObject({
      a: 1500,
      b: BigInt("9".repeat(400)),
      c: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    ["1234567890123456", false],
    ["123456789012345", true],
    ["0.12345678901234567", true],
    ["[1.5,-1234567890123456]", false],
    ["1e1234567890123456", false],
    ['{"1234567890123456":"Infinity"}', true],
    [`{"${"é".repeat(40)} \\\\\\"N": "\\\\"}`, true],
    [`{"${"x".repeat(40)}": Infinity}`, false],
  ])("is kept by JSON.parse or not: %s", (text, kept) => {
    expect(checkShape(text)).toBe(kept);
    expect(checkShape(text, undefined, undefined, new TextEncoder().encode(text))).toBe(kept);
  });

  it("keeps everything else as it is beside them", () => {
    const text = fc.string({
      unit: fc.constantFrom('"', "\\", "NaN", "-", "1234567890123456789", " ", "{", "[", ",", "é", "\n"),
    });
    const item = fc.dictionary(
      text,
      fc.oneof(text, fc.boolean(), fc.constant(null), fc.double({ noNaN: true, min: -1e15, max: 1e15 })),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), (items) => {
        const kept = JSON.parse(JSON.stringify(items));
        expect(parseJson(`{"n": NaN, "big": -9223372036854775808, "items": ${JSON.stringify(items)}}`)).toEqual({
          n: "NaN",
          big: -9223372036854775808n,
          items: kept,
        });
      }),
    );
  });

  it.each([
    '{"a": NaN, "b": "',
    '{"a": NaN, "b": "\\',
    '{"a": NaN, "b": "\\"',
    `{"a": NaN, "b": "${'\\"'.repeat(40_000)}`,
    `{"a": NaN${' "'.repeat(40_001)}`,
    '{"a": NaN "',
    "NaN NaN",
  ])("refuses what is not JSON %#", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it("refuses what is nested deeper than a hundred levels, and takes brackets in strings", () => {
    expect(parseJson(nested(100))).toBeInstanceOf(Array);
    for (const text of [nested(101), nested(5000), `{"a": NaN, "b": ${nested(200)}}`, "[".repeat(1_000_000)])
      expect(() => parseJson(text)).toThrow("nested deeper than 100 levels");
    expect(parseJson(JSON.stringify("[".repeat(5000)))).toHaveLength(5000);
  });

  it("refuses more values than the route takes", () => {
    expect(parseJson("[1, 2, {}]", 5)).toHaveLength(3);
    expect(() => parseJson("[1, 2, {}]", 4)).toThrow("more than 4 values");
    expect(parseJson('["1,2,3,4,5,6,7,8"]', 4)).toHaveLength(1);
  });
});
