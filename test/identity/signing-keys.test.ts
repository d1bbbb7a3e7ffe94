import { errors } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SigningKeys } from "../../shared/platform/identity/signing-keys.ts";
import { type Authority, anAuthority } from "../support/authority.ts";

let authority: Authority;
beforeEach(async () => {
  authority = await anAuthority();
});
afterEach(() => authority.close());

const keysOf = ({ url, tenant }: Authority, times = {}) =>
  new SigningKeys(`${url}/${tenant}/discovery/v2.0/keys`, times);
const header = (kid = authority.signer().kid) => ({ alg: "RS256", kid });

describe("the keys of an authority", () => {
  it("are asked for once by all who need them at the same time, and then kept", async () => {
    const keys = keysOf(authority);
    await Promise.all(Array.from({ length: 20 }, () => keys.of(header())));
    await keys.of(header());
    expect(authority.asked).toBe(1);
  });

  it("are asked for again for an unknown key id, once in a while", async () => {
    const keys = keysOf(authority);
    await keys.of(header());
    await authority.rotate();
    expect((await keys.of(header())).type).toBe("public");
    for (const unknown of ["one", "two", "three"])
      await expect(keys.of(header(unknown))).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(authority.asked).toBe(2);
  });

  it("are asked for again when they are old", async () => {
    const keys = keysOf(authority, { maxAge: -1 });
    await keys.of(header());
    await keys.of(header());
    expect(authority.asked).toBe(2);
  });

  it("are kept where they can't be had anew, which is not tried each time", async () => {
    const keys = keysOf(authority, { maxAge: -1 });
    await keys.of(header());
    authority.mode = "error";
    for (let times = 0; times < 3; times++) expect((await keys.of(header())).type).toBe("public");
    expect(authority.asked).toBe(2);
  });

  it("are not waited for without end", async () => {
    authority.mode = "silence";
    const keys = keysOf(authority, { timeLimit: 100 });
    await expect(keys.of(header())).rejects.toMatchObject({ status: 429, code: "REQUEST_LIMIT_EXCEEDED" });
    await expect(keys.of(header())).rejects.toMatchObject({ status: 429 });
    expect(authority.asked).toBe(1);
    authority.mode = "keys";
    const soon = keysOf(authority, { timeLimit: 5_000 });
    expect((await soon.of(header())).type).toBe("public");
  });

  it("are not taken from whoever has no certificate that is trusted", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";
    await expect(keysOf(authority).of(header())).rejects.toMatchObject({ status: 429 });
    expect(authority.asked).toBe(0);
  });
});
