import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { dumpPython, dumpPythonAscii, isTruthy, parsePython } from "../../shared/mlflow/python-json.ts";

const texts = [
  ...["1", "1.0", "1e5", "100000.0", "1E400", "-0.0", "-0", "123456789012345678901234567890", "1e-7", "123456.789"],
  ...["1e16", "1e22", "0.0001", "0.00001", "1E5", "9007199254740993", "0.1", "5e-324", "1.7976931348623157e308"],
  ...[
    "NaN",
    "-Infinity",
    "Infinity",
    "NaN1",
    "-NaN",
    "tru",
    "nul",
    "null",
    "true",
    "false",
    "01",
    "1.",
    ".5",
    "+1",
    "-",
  ],
  ...[
    "",
    " ",
    " [ ] ",
    "{}",
    "[1,2,]",
    "[1 2]",
    "[,]",
    '{"a":1',
    '{"a"}',
    "{1:2}",
    "{[]:2}",
    '"a" "b"',
    "\ufeff1",
    "]",
  ],
  ...['{"a":1,"1":2,"0":[],"a":3}', '{"a" : NaN, "b":[Infinity,-Infinity]}', '{"__proto__": 1}', '{"a":{"b":null}}'],
  ...['"\\u00e9\\ud83d\\ude00 \\u2028"', '"\x7fé😀"', '"a\nb"', '"\\x"', '"', '"\\"', '"\\b\\f\\n\\r\\t\\u0001"'],
  ...['"\\"\\\\ud800\\/"', "[[[[]]]]", "\t{\r\n}\n", "{}x", `${"[".repeat(150)}${"]".repeat(150)}`],
];

const script = `
import json, sys
def one(text):
    try: value = json.loads(text)
    except ValueError: return None
    return [json.dumps(value, ensure_ascii=False), json.dumps(value), bool(value)]
print(json.dumps([one(text) for text in json.load(sys.stdin)]))`;

let expected: ([string, string, boolean] | null)[];
beforeAll(() => {
  const input = JSON.stringify(texts);
  expected = JSON.parse(execFileSync("python3", ["-c", script], { input, encoding: "utf8", timeout: 60_000 }));
});

describe("JSON as Python has it", () => {
  it("is read and written as Python does", () => {
    const ours = texts.map((text) => {
      const value = parsePython(text);
      return value === undefined ? null : [dumpPython(value), dumpPythonAscii(value), isTruthy(value)];
    });
    expect(ours).toEqual(expected);
    expect(expected.filter((one) => one === null).length).toBeGreaterThan(20);
  });

  it("tells whole numbers from floats", () => {
    expect(parsePython("[1, 1.0]")).toEqual([1n, 1]);
  });

  it("is refused where it is nested too deeply, or a number too long", () => {
    expect(parsePython("[".repeat(100_000))).toBeUndefined();
    expect(parsePython(`${"[".repeat(300)}${"]".repeat(300)}`)).toBeUndefined();
    expect(parsePython("1".repeat(5000))).toBeUndefined();
  });

  it("may hold a string of many megabytes", () => {
    const long = 'é"'.repeat(5_000_000);
    expect(parsePython(JSON.stringify({ long }))).toEqual(new Map([["long", long]]));
  });
});
