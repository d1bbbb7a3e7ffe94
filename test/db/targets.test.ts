import { describe, expect, it } from "vitest";
import { readConnectionUri } from "../../shared/platform/db/connection-uri.ts";
import { choose, noteFailure, targetsOf } from "../../shared/platform/db/targets.ts";

const targets = (rest: string) => targetsOf(readConnectionUri(`postgresql://${rest}`), "prefer");
const shown = (list: ReturnType<typeof targets>) =>
  list.map(({ host, tls, wanted }) => `${host} ${tls ? "TLS" : "plain"} ${wanted}`);
const failure = (code: string) => Object.assign(new Error("failed"), { code });

describe("targets", () => {
  it("are each host, with and without TLS as its sslmode says", () => {
    expect(shown(targets("a,b/db"))).toEqual(["a TLS any", "a plain any", "b TLS any", "b plain any"]);
    expect(shown(targets("a/db?sslmode=allow"))).toEqual(["a plain any", "a TLS any"]);
    expect(shown(targets("a,b/db?sslmode=require"))).toEqual(["a TLS any", "b TLS any"]);
    expect(shown(targets("/db?host=/run"))).toEqual(["/run plain any"]);
    const standby = targets("a,b/db?sslmode=disable&target_session_attrs=prefer-standby");
    expect(shown(standby)).toEqual(["a plain standby", "b plain standby", "a plain any", "b plain any"]);
  });

  it("are tried in their order, one that failed not before half a minute has passed", () => {
    const [a, b] = targets("a,b/db?sslmode=disable") as [ReturnType<typeof choose>, ReturnType<typeof choose>];
    expect(choose([a, b])).toBe(a);
    expect(noteFailure([a, b], a, failure("ECONNREFUSED"))).toBe(true);
    expect(choose([a, b])).toBe(b);
    expect(choose([a, b], Date.now() + 29_000)).toBe(b);
    expect(choose([a, b], Date.now() + 31_000)).toBe(a);
  });

  it("that all failed lately are tried from the one that failed longest ago", () => {
    const list = targets("a,b/db?sslmode=disable");
    list[0]!.failedAt = Date.now() - 1000;
    list[1]!.failedAt = Date.now() - 2000;
    expect(choose(list)).toBe(list[1]);
  });

  it.each([
    ["a host that is away", "ECONNREFUSED", ["b TLS any", "b plain any"]],
    ["a host without TLS", "none", ["a plain any", "b TLS any", "b plain any"]],
    ["a host that admits nobody so", "28000", ["a plain any", "b TLS any", "b plain any"]],
    ["a server that starts up", "57P03", ["b TLS any", "b plain any"]],
  ])("are gone on with after %s", (_, code, left) => {
    const list = targets("a,b/db");
    expect(noteFailure(list, list[0]!, failure(code))).toBe(true);
    expect(shown(list.filter(({ failedAt }) => !Number.isFinite(failedAt)))).toEqual(left);
  });

  it.each(["28P01", "3D000", "53300"])("are not gone on with after the server's own refusal, %s", (code) => {
    const list = targets("a,b/db");
    expect(noteFailure(list, list[0]!, failure(code))).toBe(false);
    expect(choose(list)).toBe(list[0]);
  });

  it.each([
    ["a/db?sslmode=maybe", "has an sslmode that is none of"],
    ["a/db?sslmode=verify-ca", "has sslmode=verify-ca without sslrootcert"],
    ["a/db?sslmode=require&sslrootcert=system", "has sslrootcert=system, which goes with sslmode=verify-full only"],
    ["a/db?target_session_attrs=best", "has target_session_attrs that are none of"],
  ])("are not made of %s", (rest, message) => {
    expect(() => targets(rest)).toThrow(message);
  });
});
