import { describe, expect, it } from "vitest";
import { parseSchedule } from "../../local/host/schedule.ts";

const after = new Date("2026-01-30T10:20:30.500Z");

describe("a timer's schedule", () => {
  it.each([
    ["* * * * * *", "2026-01-30T10:20:31.000Z"],
    ["0 */5 * * * *", "2026-01-30T10:25:00.000Z"],
    ["*/5 * * * *", "2026-01-30T10:25:00.000Z"],
    ["30 20 10 * * *", "2026-01-31T10:20:30.000Z"],
    ["0 30 9-17/4 * * *", "2026-01-30T13:30:00.000Z"],
    ["0 0 0 1 * *", "2026-02-01T00:00:00.000Z"],
    ["0 0 0 31 * *", "2026-01-31T00:00:00.000Z"],
    ["0 0 0 30 4,6 *", "2026-04-30T00:00:00.000Z"],
    ["0 0 8 * * Mon-Fri", "2026-02-02T08:00:00.000Z"],
    ["0 0 8 * Mar 7", "2026-03-01T08:00:00.000Z"],
    ["0 0 0 29 2 *", "2028-02-29T00:00:00.000Z"],
    ["0 0 0 13 * fri", "2026-02-13T00:00:00.000Z"],
    ["0 5/20 * * * *", "2026-01-30T10:25:00.000Z"],
    ["0 10-50/20,15 * * * *", "2026-01-30T10:30:00.000Z"],
    ["0 0 0 29 2 Mon", "2044-02-29T00:00:00.000Z"],
    ["00:05:00", "2026-01-30T10:25:30.500Z"],
    ["1.00:00:00", "2026-01-31T10:20:30.500Z"],
  ])("%s", (schedule, due) => {
    expect(parseSchedule(schedule).next(after).toISOString()).toBe(due);
  });

  it.each([
    "",
    "soon",
    "* * *",
    "60 * * * * *",
    "60/3 * * * * *",
    "33-29 * * * * *",
    "* * * * 13 *",
    "*/0 * * * * *",
    "1- * * * * *",
    "00:00:00",
  ])("is not '%s'", (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow();
  });

  it.each(["@daily", "2030-01-01T00:00:00", "0 0 0 * * * 2030", "0 0 0 L * *", "0 0 0 15W * *", "0 0 0 * * fri#1"])(
    "is not '%s', which other schedulers take",
    (schedule) => {
      expect(() => parseSchedule(schedule)).toThrow();
    },
  );

  it("that never comes is refused when it is asked for", () => {
    expect(() => parseSchedule("0 0 0 31 2 *").next(after)).toThrow("is never due");
  });
});
