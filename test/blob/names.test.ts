import { describe, expect, it } from "vitest";
import { checkReadable, readAs } from "../../shared/artifacts/names.ts";

describe("checkReadable", () => {
  it.each([
    "%41",
    "p%q",
    "p%25q",
    "100% sure.txt",
    "%",
    "a&b=c+d.txt",
    "a b.txt",
    "trailing space ",
    "ü 日本 😀.txt",
    "e\u0301.txt",
    'it\'s "quoted" `so`.txt',
    "[x]{y}<z>|^~!(1),@$*.txt",
    "a:b.txt",
    "2026-01-01T12:00:00.txt",
    ".hidden",
    "a..b",
    "a;b",
    "n".repeat(255),
    "dogs%step%41%timestamp%1712345678901%zabc.png",
    "dogs%step%10%timestamp%1712345678901%zabc%compressed.webp",
  ])("takes %j", (name) => {
    expect(() => checkReadable(name)).not.toThrow();
  });

  it.each([
    ["h#x.txt", /'h#x\.txt' has '#': .*fragment/],
    ["h%23x.txt", /'h%23x\.txt' has '#', percent-encoded/],
    ["dogs%step%23%timestamp%1712345678901%zabc.png", /'#', percent-encoded/],
    ["h%2523x.txt", /'#', percent-encoded/],
    ["w?y.txt", /'\?': .*query/],
    ["w?", /'\?'/],
    ["w%3Fy.txt", /'\?', percent-encoded/],
    ["a\\b.txt", /'\\': .*separator/],
    ["a%5Cb.txt", /'\\', percent-encoded/],
    ["a\tb", /a tab/],
    ["a\rb", /a carriage return/],
    ["a\nb", /a line feed/],
    ["a%0ab", /a line feed, percent-encoded/],
    ["a\x01b", /U\+0001/],
    ["a\x7fb", /U\+007F/],
    ["a\x85b", /U\+0085/],
    ["a\ufffeb", /U\+FFFE/],
    [" a", /a space at its start/],
    ["%20a", /a space at its start, percent-encoded/],
    ["a.", /'\.' at its end/],
    ["...", /'\.' at its end/],
    ["a%2E", /'\.' at its end, percent-encoded/],
    ["a;", /';' at its end/],
    ["Foo:bar.txt", /a capital letter before its first ':'/],
    ["file:x", /'file:' at its start/],
    ["a%2Fb", /'\/', percent-encoded: .*separator/],
    ["%17a", /U\+0017, percent-encoded/],
    [`a%${"25".repeat(12)}41`, /more percent-encoding/],
  ])("refuses %j and says why", (name, message) => {
    expect(() => checkReadable(name)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETER_VALUE", message: expect.stringMatching(message) }),
    );
  });

  it("repeats 200 characters of a name, and no half ones", () => {
    expect(() => checkReadable(`${"😀".repeat(400)}#`)).toThrow(/the name '(?:😀){100}\.\.\.' has/u);
  });
});

describe("readAs", () => {
  it.each([
    ["a b.txt", "a b.txt"],
    ["%41", "A"],
    ["p%q", "p%q"],
    ["p%25q", "p%q"],
    ["dogs%step%41%timestamp%1712345678901%zabc.png", "dogs%stepA%timestamp%1712345678901%zabc.png"],
    ["a%80b", "a\ufffdb"],
    ["a\x17b", "a%17b"],
  ])("%j is %j to clients", (name, called) => {
    expect(readAs(name)).toBe(called);
  });
});
