import { describe, expect, it } from "vitest";
import { once, onceFor } from "../../shared/platform/once.ts";

describe("once", () => {
  it("makes the answer once for all that ask", async () => {
    let made = 0;
    const answer = once(async () => ++made);
    expect(await Promise.all([answer(), answer()])).toEqual([1, 1]);
    expect(await answer()).toBe(1);
  });

  it("forgets a failure", async () => {
    let tries = 0;
    const answer = once(async () => {
      if (++tries === 1) throw new Error("away");
      return "there";
    });
    await expect(Promise.all([answer(), answer()])).rejects.toThrow("away");
    expect(await answer()).toBe("there");
    expect(tries).toBe(2);
  });
});

describe("onceFor", () => {
  it("makes the answer once for each key", async () => {
    const made: string[] = [];
    const answer = onceFor(
      async ({ name }: { name: string }) => made.push(name),
      ({ name }) => name,
    );
    expect(await Promise.all([answer({ name: "a" }), answer({ name: "b" }), answer({ name: "a" })])).toEqual([1, 2, 1]);
    expect(made).toEqual(["a", "b"]);
  });

  it("forgets the failure of one key and keeps the answers of the others", async () => {
    const made: string[] = [];
    const answer = onceFor(async (key: string) => {
      made.push(key);
      if (key === "bad" && made.length < 3) throw new Error("away");
      return key;
    });
    const [good, bad] = await Promise.allSettled([answer("good"), answer("bad")]);
    expect([good.status, bad.status]).toEqual(["fulfilled", "rejected"]);
    expect([await answer("good"), await answer("bad")]).toEqual(["good", "bad"]);
    expect(made).toEqual(["good", "bad", "bad"]);
  });

  it("reports a failure only to those who asked", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const answer = onceFor(async (_: string) => Promise.reject(new Error("away")));
    await expect(answer("a")).rejects.toThrow("away");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});
