import { describe, expect, it } from "vitest";
import { artifactPath, checkBlobName, uploadFileName } from "../../shared/blob/paths.ts";

const refused = expect.objectContaining({ code: "INVALID_PARAMETER_VALUE", message: "Invalid path" });

describe("artifactPath", () => {
  it.each([
    ["model/MLmodel", "model/MLmodel"],
    ["", ""],
    ["folder/", "folder"],
    ["a b/ü 日本/😀", "a b/ü 日本/😀"],
    ["100% sure.txt", "100% sure.txt"],
    ["a#b+c&d;e?f", "a#b+c&d;e?f"],
    ["...", "..."],
    ["a..b/..c", "a..b/..c"],
    ["x:y", "x:y"],
  ])("takes %j", (given, path) => {
    expect(artifactPath(given)).toBe(path);
  });

  it("decodes as often as it can, as the stock client does with the names it is given", () => {
    expect(artifactPath("a%20b")).toBe("a b");
    expect(artifactPath("a%252520b")).toBe("a b");
  });

  it("escapes control characters", () => {
    expect(artifactPath("a\nb\x7f")).toBe("a%0ab%7f");
  });

  it.each([
    "..",
    "../a",
    "a/../b",
    "a/..",
    "%2e%2e/a",
    "a/%2E%2e/b",
    "%252e%252e/a",
    "%25252e%25252e/a",
    "..%2fa",
    "..%252fa",
    ".",
    "a/./b",
    "a//b",
    "a//",
    "/",
    "/etc/passwd",
    "%2fetc/passwd",
    "%252fetc",
    "..\\a",
    "a\\b",
    "a%5cb",
    "a%255cb",
    "\\\\server\\share",
    "C:/x",
    "C:\\x",
    "c%3a/x",
    "C:",
    "a\0b",
    "a%00b",
    "a%2500b",
    "file:///etc/passwd",
    "file:x",
    "a\ud800b",
  ])("refuses %j", (path) => {
    expect(() => artifactPath(path)).toThrow(refused);
  });

  it("gives up on endless encoding", () => {
    expect(() => artifactPath(`%${"25".repeat(20)}2e`)).toThrow(refused);
  });
});

describe("uploadFileName", () => {
  it.each([
    ["model.pkl", "model.pkl"],
    ["/tmp/work/model.pkl", "model.pkl"],
    ["C:\\Users\\me\\model.pkl", "model.pkl"],
    ["rel/ative/a b.txt", "a b.txt"],
    ["a%20b.txt", "a b.txt"],
    ["x%2Fy.txt", "y.txt"],
  ])("is the last segment of %j", (given, name) => {
    expect(uploadFileName(given)).toBe(name);
  });

  it.each(["", ".", "..", "a/..", "../x", "src%5C..", "%2e%2e", "%252e%252e", "..%2fx", "dir/", "a\0", "C:\\.."])(
    "refuses %j",
    (path) => {
      expect(() => uploadFileName(path)).toThrow(refused);
    },
  );
});

describe("checkBlobName", () => {
  it("takes 1,024 characters and no more", () => {
    const name = "x".repeat(1024);
    expect(checkBlobName(name)).toBe(name);
    expect(() => checkBlobName(`${name}x`)).toThrow(/1025 characters/);
  });

  it("takes 254 segments and no more", () => {
    expect(() => checkBlobName(Array(254).fill("a").join("/"))).not.toThrow();
    expect(() => checkBlobName(Array(255).fill("a").join("/"))).toThrow(/254 segments/);
  });
});
