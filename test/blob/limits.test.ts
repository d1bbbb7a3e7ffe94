import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StorageLate, StorageLimits } from "../../shared/platform/azure/limits.ts";
import { patient } from "../../shared/platform/identity/credential.ts";

let limits: StorageLimits;
beforeEach(() => {
  vi.useFakeTimers();
  limits = new StorageLimits();
});
afterEach(() => void vi.useRealTimers());

/** Work that nothing ends but its limit. */
const hanging = () => {
  const signals: AbortSignal[] = [];
  return {
    signals,
    work: (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    },
  };
};

const outcomeOf = (work: Promise<unknown>) => {
  const outcome = { now: "waits" };
  work.then(
    () => {
      outcome.now = "done";
    },
    (error) => {
      outcome.now = error instanceof StorageLate ? "late" : String(error);
    },
  );
  return outcome;
};

describe("StorageLimits", () => {
  it("cuts a try off, makes it once more, and gives up", async () => {
    const { work, signals } = hanging();
    const outcome = outcomeOf(limits.run(work));
    await vi.advanceTimersByTimeAsync(11_000);
    expect([signals.map(({ aborted }) => aborted), outcome.now]).toEqual([[true, false], "waits"]);
    await vi.advanceTimersByTimeAsync(11_000);
    expect([signals.map(({ aborted }) => aborted), outcome.now]).toEqual([[true, true], "late"]);
  });

  it("gives content the time that its size takes, and one try", async () => {
    const { work, signals } = hanging();
    const outcome = outcomeOf(limits.run(work, 50_000_000));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(outcome.now).toBe("waits");
    await vi.advanceTimersByTimeAsync(2_000);
    expect([signals.length, outcome.now]).toEqual([1, "late"]);
  });

  it("lets 16 run and 48 wait, refuses the next at once, and goes on when they are done", async () => {
    const ends: (() => void)[] = [];
    let started = 0;
    const work = () => {
      started += 1;
      return new Promise<void>((end) => ends.push(end));
    };
    const taken = Array.from({ length: 64 }, () => outcomeOf(limits.run(work)));
    const refused = outcomeOf(limits.run(work));
    await vi.advanceTimersByTimeAsync(0);
    expect([started, refused.now, taken.filter(({ now }) => now === "waits").length]).toEqual([16, "late", 64]);
    while (ends.length > 0) {
      ends.pop()!();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect([started, taken.every(({ now }) => now === "done")]).toEqual([64, true]);
    expect(await limits.run(async () => "again")).toBe("again");
  });

  it("bounds how long operations wait, and how much content they hold in memory", async () => {
    const { work } = hanging();
    const running = Array.from({ length: 16 }, () => outcomeOf(limits.run(work)));
    const [large, larger, small] = [50, 50, 0].map((megabytes) => outcomeOf(limits.run(work, megabytes * 1_000_000)));
    await vi.advanceTimersByTimeAsync(0);
    expect([large!.now, larger!.now, small!.now]).toEqual(["waits", "late", "waits"]);
    await vi.advanceTimersByTimeAsync(10_500);
    expect([large!.now, small!.now]).toEqual(["late", "late"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(running.every(({ now }) => now === "late")).toBe(true);
    expect(await limits.run(async () => "again")).toBe("again");
  });
});

describe("an identity's tokens", () => {
  it("are waited for within a limit", async () => {
    const { getToken } = patient({ getToken: () => new Promise(() => {}) }, 5_000);
    const outcome = outcomeOf(getToken("scope"));
    await vi.advanceTimersByTimeAsync(5_001);
    expect(outcome.now).toBe("late");
  });
});
