import { describe, expect, it } from "vitest";
import { trendOf } from "./faults/soak/steady.ts";

const samples = (memory: (minute: number) => number) =>
  Array.from({ length: 21 }, (_, minutes) => ({ minutes, megabytes: memory(minutes) }));

describe("the memory of a soak", () => {
  it("is judged by its second half alone", () => {
    expect(trendOf(samples((minute) => (minute < 10 ? 50 + 10 * minute : 150))).growth).toBeCloseTo(0);
  });

  it("that grows by a megabyte a minute is found growing", () => {
    const { perHour, growth } = trendOf(samples((minute) => 100 + minute));
    expect(perHour).toBeCloseTo(60);
    expect(growth).toBeCloseTo(10 / 115);
  });

  it("that goes up and down is steady", () => {
    expect(Math.abs(trendOf(samples((minute) => 100 + 10 * (minute % 2))).growth)).toBeLessThan(0.02);
  });
});
