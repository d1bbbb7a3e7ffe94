import { describe, expect, it } from "vitest";
import { anonymous } from "../../shared/platform/identity/caller.ts";
import { Epoch } from "../../shared/platform/identity/epoch.ts";
import { Recent } from "../../shared/platform/identity/recent.ts";
import { SignedIn } from "../../shared/platform/identity/signed-in.ts";

describe("who has signed in", () => {
  it("is known by a key that tells nothing, another in each process and for each header", () => {
    const [one, other] = [new SignedIn(10), new SignedIn(10)];
    const sent = "Basic YWRtaW46c2VjcmV0";
    const keys = [
      one.keyOf("authorization", sent),
      one.keyOf("x-ms-client-principal", sent),
      other.keyOf("authorization", sent),
    ];
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[\w+/]{43}=$/);
    expect(one.keyOf("authorization", sent)).toBe(keys[0]);
  });

  it("is found at once, and forgotten when that no longer holds", () => {
    const signedIn = new SignedIn(10);
    let holds = true;
    signedIn.keep("key", () => (holds ? anonymous : undefined));
    expect(signedIn.userOf("key")).toBe(anonymous);
    expect(signedIn.userOf("other")).toBeUndefined();
    holds = false;
    expect(signedIn.userOf("key")).toBeUndefined();
    holds = true;
    expect(signedIn.userOf("key")).toBeUndefined();
  });
});

describe("what was loaded a moment ago", () => {
  it("is there without a promise, until rights change", async () => {
    const rights = new Epoch();
    let loads = 0;
    const recent = new Recent(async () => ++loads, 60_000, 10, rights);
    const [first, second] = [recent.get("a"), recent.get("a")];
    expect(first).toBe(second);
    await first;
    expect(recent.get("a")).toBe(1);
    rights.changed();
    expect(await recent.get("a")).toBe(2);
    expect(recent.get("a")).toBe(2);
  });

  it("is no failure", async () => {
    let isAway = true;
    const load = async () => {
      if (isAway) throw new Error("away");
      return "there";
    };
    const recent = new Recent(load, 60_000, 10);
    await expect(recent.get("a")).rejects.toThrow("away");
    isAway = false;
    expect(await recent.get("a")).toBe("there");
  });
});
