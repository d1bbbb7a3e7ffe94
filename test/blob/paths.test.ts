import { describe, expect, it } from "vitest";
import {
  artifactPath,
  checkBlobName,
  fileToRead,
  newArtifactPath,
  uploadFileName,
} from "../../shared/artifacts/paths.ts";

const refused = expect.objectContaining({ code: "INVALID_PARAMETER_VALUE", message: "Invalid path" });

describe("artifactPath", () => {
  it.each([
    ["model/MLmodel", "model/MLmodel"],
    ["", ""],
    ["folder/", "folder"],
    ["a b/ü 日本/😀", "a b/ü 日本/😀"],
    ["a\\b", "a\\b"],
    ["a%5cb", "a%5cb"],
    ["a%20b", "a%20b"],
    ["a%2520b", "a%2520b"],
    ["p%41", "p%41"],
    ["a\nb\x7f", "a\nb\x7f"],
    [".", ""],
    ["./", ""],
    ["./d", "d"],
    ["d/.", "d"],
    ["a/./b/./", "a/b"],
    ["100% sure.txt", "100% sure.txt"],
    ["a#b+c&d;e?f", "a#b+c&d;e?f"],
    ["...", "..."],
    ["a..b/..c", "a..b/..c"],
    ["x:y", "x:y"],
  ])("takes %j", (given, path) => {
    expect(artifactPath(given)).toBe(path);
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
    "a/%2e/b",
    "a//b",
    ".//a",
    "a//",
    "/",
    "/etc/passwd",
    "%2fetc/passwd",
    "%252fetc",
    "..\\a",
    "a\\..\\b",
    "a%5c..%5cb",
    "\\a",
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
    ["C:/Users/me\\model.pkl", "model.pkl"],
    ["\\\\server\\share\\model.pkl", "model.pkl"],
    ["rel/ative/a b.txt", "a b.txt"],
    ["a%20b.txt", "a%20b.txt"],
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

describe("uploadFileName of a name with a backslash", () => {
  it.each(["a\\b.txt", "/tmp/a\\b.txt", "a%5Cb.txt"])("refuses %j from everyone", (path) => {
    for (const client of [undefined, "mlflow-python-client/2.22.5", "mlflow-python-client/3.18.0"])
      expect(() => uploadFileName(path, client)).toThrow(/'\\'.*separator/);
  });

  it("takes a path of Windows from clients that send paths, and not from those that send names", () => {
    const path = "C:\\tmp\\b.txt";
    for (const client of [undefined, "mlflow-python-client/2.22.5", "mlflow-python-client/3.17.2"])
      expect(uploadFileName(path, client)).toBe("b.txt");
    for (const version of ["3.18.0", "3.19.0rc1", "4.0.0"])
      expect(() => uploadFileName(path, `mlflow-python-client/${version}`)).toThrow(/'\\'.*separator/);
  });
});

describe("newArtifactPath", () => {
  it.each(["a", "a/b c.txt", "p%q", "a%41b"])("takes %j as it is", (path) => {
    expect(newArtifactPath(path)).toBe(path);
  });

  it.each(["", ".", "./a", "a/.", "a/./b", "a/", "/a", "../a"])(
    "refuses %j, which is no one's only spelling",
    (path) => {
      expect(() => newArtifactPath(path)).toThrow(refused);
    },
  );
});

describe("fileToRead", () => {
  it.each(["a.", "run./artifacts/x", "a\\b", "d\\..x"])("refuses to read %j", (path) => {
    expect(() => fileToRead(path)).toThrow(/Invalid path: the name/);
  });

  it.each(["h#x", "a b", "w?y", "a\nb"])("reads %j, which lies there already", (path) => {
    expect(fileToRead(path)).toBe(path);
  });
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
