import { describe, expect, it } from "vitest";
import { causeOf, onceAMinute } from "../shared/platform/once-a-minute.ts";

describe("onceAMinute", () => {
  it("tells equal causes once, others too, and again after a minute", () => {
    const told: string[] = [];
    const tell = (cause: string) => void told.push(cause);
    for (const [cause, at] of [
      ["a", 0],
      ["a", 1],
      ["b", 2],
      ["a", 59_999],
      ["a", 60_000],
      ["a", 60_001],
    ] as const)
      onceAMinute(cause, tell, at);
    expect(told).toEqual(["a", "b", "a"]);
  });

  it("forgets the oldest of very many", () => {
    let told = 0;
    for (let cause = 0; cause < 1000; cause++) onceAMinute(`many ${cause}`, () => told++, 0);
    onceAMinute("many 0", () => told++, 1);
    onceAMinute("many 999", () => told++, 1);
    expect(told).toBe(1001);
  });
});

describe("causeOf", () => {
  it("gives the messages of an error and its causes in one line", () => {
    const addresses = new AggregateError([new Error("refused ::1"), new Error("refused\n127.0.0.1")]);
    expect(causeOf(new Error("away", { cause: addresses }))).toBe("away: refused ::1, refused 127.0.0.1");
    expect(causeOf(new Error("twice", { cause: new Error("twice") }))).toBe("twice");
    expect(causeOf(new Error("x".repeat(9999)))).toHaveLength(500);
    expect(causeOf("text")).toBe("text");
  });
});
