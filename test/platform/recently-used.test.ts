import { describe, expect, it } from "vitest";
import { RecentlyUsed } from "../../shared/platform/recently-used.ts";

describe("a map of what was used last", () => {
  it("keeps what is used, whatever comes beside it", () => {
    const map = new RecentlyUsed<number>(10);
    map.set("used", 1);
    for (let other = 0; other < 1000; other++) {
      map.set(`other ${other}`, other);
      expect(map.get("used")).toBe(1);
    }
  });

  it("keeps at most so many, the last half of them for certain", () => {
    const map = new RecentlyUsed<number>(10);
    const all = Array.from({ length: 100 }, (_, index) => `${index}`);
    for (const key of all) map.set(key, Number(key));
    const kept = all.filter((key) => map.get(key) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept.slice(-5)).toEqual(all.slice(-5));
  });

  it("takes a new value, and forgets", () => {
    const map = new RecentlyUsed<number>(4);
    for (const key of ["a", "b", "c"]) map.set(key, 1);
    map.set("a", 2);
    expect(map.get("a")).toBe(2);
    for (const key of ["a", "b", "c"]) map.delete(key);
    expect(["a", "b", "c"].map((key) => map.get(key))).toEqual([undefined, undefined, undefined]);
  });
});
