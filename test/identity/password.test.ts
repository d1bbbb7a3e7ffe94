/** Passwords are kept as a stock server keeps them. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { hashPassword, isPassword } from "../../shared/platform/identity/password.ts";
import { cryptoCalls } from "./crypto-calls.ts";

interface Vector {
  password: string;
  hash: string;
}

const vectors = async () => JSON.parse(await readFile("test/identity/hashes.json", "utf8")) as Vector[];

describe("a hash that werkzeug made", () => {
  it("belongs to its password and to no other", async () => {
    for (const { password, hash } of await vectors()) {
      expect([hash, await isPassword(password, hash)]).toEqual([hash, true]);
      expect([hash, await isPassword(`${password}.`, hash)]).toEqual([hash, false]);
    }
  });
});

describe("a hash that we make", () => {
  it("is of werkzeug's usual kind, with a salt of its own", async () => {
    const [one, other] = [await hashPassword("the same password"), await hashPassword("the same password")];
    for (const hash of [one, other]) {
      expect(hash).toMatch(/^scrypt:32768:8:1\$[A-Za-z0-9]{16}\$[0-9a-f]{128}$/);
      expect(hash).toHaveLength(162);
      expect(await isPassword("the same password", hash)).toBe(true);
    }
    expect(one).not.toBe(other);
  });
});

describe("what is no hash, or costs too much", () => {
  it.each([
    undefined,
    "",
    "plain text",
    "scrypt:32768:8$salt$00112233445566778899aabbccddeeff",
    "scrypt:1073741824:8:1$salt$00112233445566778899aabbccddeeff",
    "scrypt:32767:8:1$salt$00112233445566778899aabbccddeeff",
    "scrypt:-2:8:1$salt$00112233445566778899aabbccddeeff",
    "pbkdf2:md5:1000$salt$00112233445566778899aabbccddeeff",
    "pbkdf2:sha256:99999999999$salt$00112233445566778899aabbccddeeff",
    "bcrypt$salt$00112233445566778899aabbccddeeff",
    `scrypt:32768:8:1$salt$${"00".repeat(200)}`,
  ])("belongs to no password, at the cost of one of today's: %s", async (hash) => {
    const calls = cryptoCalls();
    expect(await isPassword("x", hash)).toBe(false);
    expect(calls.stop()).toEqual(["scrypt 32768 8 1"]);
  });
});
