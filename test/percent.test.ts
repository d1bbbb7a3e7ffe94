import { describe, expect, it } from "vitest";
import { decodeFully } from "../shared/platform/percent.ts";

describe("decodeFully", () => {
  it.each([
    ["a b", "a b"],
    ["a%20b", "a b"],
    ["a%252520b", "a b"],
    ["%zz/%2e%2e/x", "%zz/../x"],
    ["100%", "100%"],
    ["%E6%97%A5", "日"],
  ])("makes %j %j", (text, decoded) => {
    expect(decodeFully(text)).toBe(decoded);
  });

  it("gives up on what stays encoded, and on what is too long to look at", () => {
    expect(decodeFully(`%${"25".repeat(20)}2e`)).toBeUndefined();
    expect(decodeFully(`%${"25".repeat(300_000)}`)).toBeUndefined();
    expect(decodeFully("a".repeat(20_000))).toBeUndefined();
  });
});
