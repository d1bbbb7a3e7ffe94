import { describe, expect, it } from "vitest";
import { hostMatches, isHost, originMatches } from "../../shared/platform/http/hosts.ts";

describe("patterns of hosts", () => {
  it.each([
    ["*", "anything.example"],
    ["mlflow.example.com", "mlflow.example.com"],
    ["mlflow.example.com:*", "mlflow.example.com:443"],
    ["*.example.com", "a.b.example.com"],
    ["ml?-*.example.com", "ml1-a.example.com"],
    ["ml[ab]*.example.com", "mlb.example.com"],
    ["ml[!ab]*.example.com", "mlc.example.com"],
    ["10.*", "10.1.2.3"],
    ["10.*", "10.1.2.3:8080"],
    ["10.*.0.1", "10.9.0.1"],
    ["192.168.*:5000", "192.168.0.9:5000"],
    ["db:*", "db:5000"],
    ["[[]fd12:*", "[fd12::1]"],
  ])("%s means %s", (pattern, host) => {
    expect(hostMatches(host, ["no.example", pattern])).toBe(true);
  });

  it.each([
    ["mlflow.example.com", "mlflow.example.com:443"],
    ["mlflow.example.com", "mlflow-example.com"],
    ["*.example.com", "example.com"],
    ["*.example.com", "a.example.com.evil.com"],
    ["ml?.example.com", "ml1.example.com"],
    ["ml[!ab]*.example.com", "mla.example.com"],
    ["a+b*", "aab"],
    ["10.*", "10.evil.com"],
    ["10.*", "10.1.2.3.evil.com"],
    ["10.*", "10.1.2.300"],
    ["10.?.*", "10.1.evil.com"],
    ["192.168.*:5000", "192.168.evil.com:5000"],
    ["192.168.*:*", "192.168.evil.com:5000"],
  ])("%s does not mean %s", (pattern, host) => {
    expect(hostMatches(host, [pattern])).toBe(false);
  });

  it("means addresses in origins too", () => {
    expect(originMatches("http://10.1.2.3:3000", ["http://10.*"])).toBe(true);
    expect(originMatches("http://10.evil.com", ["http://10.*"])).toBe(false);
    expect(originMatches("https://a.example.com", ["https://*.example.com"])).toBe(true);
    expect(originMatches("http://a.example.com", ["https://*.example.com"])).toBe(false);
  });
});

describe("what a Host header may be", () => {
  it.each(["localhost", "LOCALHOST:7071", "a.example", "10.1.2.3:65535", "[::1]", "[fd00::1]:80", "my_app.internal"])(
    "%s",
    (host) => {
      expect(isHost(host)).toBe(true);
    },
  );

  it.each([
    "",
    "a b",
    "localhost:99999",
    "localhost:",
    "localhost@evil.com",
    "::1",
    "[::1",
    "[localhost]",
    "localhost%00",
    "localhost/health?",
    "a".repeat(301),
  ])("not %j", (host) => {
    expect(isHost(host)).toBe(false);
  });
});
