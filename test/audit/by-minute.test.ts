import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ByMinute } from "../../shared/platform/audit/by-minute.ts";
import type { AuditEvent } from "../../shared/platform/audit/log.ts";

const start = new Date("2026-11-28T10:00:10.000Z");
beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

const refused = (who: string, address = "198.51.100.1"): AuditEvent => ({
  ...{ time: new Date(), what: "sign-in.refused", who, of: "-", address, request: "1", detail: "{}", count: 1 },
});

function counting() {
  const told: AuditEvent[] = [];
  return { told, minutes: new ByMinute((event) => told.push(event)) };
}

const counts = (told: AuditEvent[]) => told.map(({ who, address, count }) => [who, address, count]);

describe("events of a minute", () => {
  it("are told when it has ended, without another request", () => {
    const { told, minutes } = counting();
    for (const who of ["ann", "bob", "ann"]) minutes.add(refused(who));
    minutes.add(refused("ann", "198.51.100.2"));
    vi.advanceTimersByTime(49_000);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(counts(told)).toEqual([
      ["ann", "198.51.100.1", 2],
      ["bob", "198.51.100.1", 1],
      ["ann", "198.51.100.2", 1],
    ]);
    expect(told[0]!.time).toEqual(start);
    vi.advanceTimersByTime(600_000);
    expect(told).toHaveLength(3);
  });

  it("are told by the next request where timers stood still", () => {
    const { told, minutes } = counting();
    minutes.add(refused("ann"));
    minutes.tellEnded();
    expect(told).toEqual([]);
    vi.setSystemTime(start.getTime() + 50_000);
    minutes.tellEnded();
    expect(counts(told)).toEqual([["ann", "198.51.100.1", 1]]);
    minutes.add(refused("ann"));
    vi.setSystemTime(start.getTime() + 110_000);
    minutes.add(refused("ann"));
    expect(told).toHaveLength(2);
  });

  it("are others beyond 500 different ones, and those there are go on being counted", () => {
    const { told, minutes } = counting();
    for (let index = 0; index < 10_000; index++) minutes.add(refused(`user ${index}`));
    minutes.add(refused("user 7"));
    minutes.tellAll();
    expect(told).toHaveLength(501);
    expect(counts(told)[7]).toEqual(["user 7", "198.51.100.1", 2]);
    expect(counts(told).at(-1)).toEqual(["others", "-", 9_500]);
  });

  it("of requests are told apart by what was asked for", () => {
    const { told, minutes } = counting();
    const denied = (of: string) => minutes.add({ ...refused("ann"), what: "request.denied", of }, of);
    for (const of of ["one", "two", "one"]) denied(of);
    minutes.tellAll();
    expect(told.map(({ of, count }) => [of, count])).toEqual([
      ["one", 2],
      ["two", 1],
    ]);
  });
});
