import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newest, printJson, printTable } from "../../shared/tools/rows.ts";

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void vi.restoreAllMocks());

async function* numbers(until: number): AsyncGenerator<number> {
  for (let number = 1; number <= until; number++) yield number;
}

describe("a table", () => {
  it("has columns as wide as what is in them, and a dash for nothing", async () => {
    const count = await printTable<number>(
      [
        ["N", (n) => "x".repeat(n)],
        ["ODD", (n) => (n % 2 ? "odd" : "")],
        ["LAST", (n) => (n === 3 ? undefined : String(n))],
      ],
      numbers(3),
    );
    expect(count).toBe(3);
    expect(lines).toEqual(["N    ODD  LAST", "x    odd  1", "xx   -    2", "xxx  odd  -"]);
  });

  it("is not printed where it has no rows", async () => {
    expect(await printTable<number>([["N", String]], numbers(0))).toBe(0);
    expect(lines).toEqual([]);
  });

  it("is printed while its rows are still read", async () => {
    const printed: number[] = [];
    async function* watched() {
      for await (const number of numbers(5_000)) {
        printed.push(lines.length);
        yield number;
      }
    }
    expect(await printTable<number>([["N", String]], watched())).toBe(5_000);
    expect(Math.max(...printed.map((count, index) => index - count))).toBeLessThan(1_100);
    expect(lines.filter((line) => line === "N")).toHaveLength(1);
    expect(lines.slice(1)).toEqual(Array.from({ length: 5_000 }, (_, index) => String(index + 1)));
  });

  it("prints no character that moves the cursor or turns the text", async () => {
    await printTable<number>([["N", () => "a\u001b[2Jb\u009bc\nd\u202ee\u2066f\u2028g é 模 👩‍🔬"]], numbers(1));
    expect(lines[1]).toBe("a?[2Jb?c?d?e?f?g é 模 👩‍🔬");
  });
});

describe("a line of JSON", () => {
  it("escapes them, and means the same", () => {
    const row = { a: 'x\u001b"\u009b\u007f\u202e\u2028\n é', at: new Date(0).toISOString() };
    printJson(row);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\p{Cc}\p{Bidi_C}\u2028]/u);
    expect(JSON.parse(lines[0]!)).toEqual(row);
  });
});

describe("the newest of rows", () => {
  it.each([
    [3, 7, [5, 6, 7]],
    [7, 7, [1, 2, 3, 4, 5, 6, 7]],
    [9, 2, [1, 2]],
    [1, 4, [4]],
    [2, 0, []],
  ])("%i of %i", async (most, all, expected) => {
    const found: number[] = [];
    for await (const number of newest(numbers(all), most)) found.push(number);
    expect(found).toEqual(expected);
  });
});
