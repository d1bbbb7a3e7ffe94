/** What spans hold. */
import { aRequest, attributesOf, type Value } from "../../traces/otlp-bodies.ts";
import { type Case, one, span } from "./case.ts";

export const proto: Case[] = [
  {
    name: "snake case",
    body: {
      resource_spans: [
        {
          scope_spans: [
            {
              spans: [
                {
                  trace_id: "AAAAAAAAAAAAAAAAAAAAAQ==",
                  span_id: "AAAAAAAAAAE=",
                  start_time_unix_nano: 5,
                  end_time_unix_nano: "6",
                },
              ],
            },
          ],
        },
      ],
    },
  },
  one("a short id", {}, { traceId: "abcd", spanId: "12" }),
  one("a zero id", {}, { traceId: "0".repeat(32) }),
  one("a long id", {}, { traceId: "ab".repeat(17) }),
  one("a long id of zeros", {}, { traceId: `00${"cd".repeat(16)}` }),
  one("capitals in an id", {}, { traceId: "ABCDEF".padEnd(32, "0") }),
  one("no hex", {}, { traceId: "xyz" }),
  one("odd hex", {}, { traceId: "abc" }),
  one("no span id", {}, { spanId: "" }),
  one("no trace id", {}, { traceId: "" }),
  one("a zero parent", {}, { parentSpanId: "0".repeat(16) }),
  one("a kind by name", {}, { kind: "SPAN_KIND_PRODUCER" }),
  one("an unknown kind", {}, { kind: "SPAN_KIND_FOO" }),
  one("kind 99", {}, { kind: 99 }),
  one("a member that is unknown", {}, { foo: 1 }),
  one("a name that is a number", {}, { name: 5 as unknown as string }),
  one("a time that is no number", {}, { startTimeUnixNano: "soon" }),
  one("end 0", {}, { endTimeUnixNano: "0" }),
  one("start 0", {}, { startTimeUnixNano: "0" }),
  one("end before start", {}, { startTimeUnixNano: "1700000002000000000" }),
  one(
    "parts of milliseconds",
    {},
    { startTimeUnixNano: "1700000000000999999", endTimeUnixNano: "1700000001000000001" },
  ),
  one("ok with a message", {}, { status: { code: 1, message: "fine" } }),
  one("error with a message", {}, { status: { code: 2, message: 'é\n"x"' } }),
  one("error", {}, { status: { code: "STATUS_CODE_ERROR" } }),
  one("an odd status", {}, { status: { code: 7 } }),
  one("a name of every kind", {}, { name: 'é\u2028\u007f\t"\\/😀' }),
  one("no name", {}, { name: "" }),
  {
    name: "bare numbers",
    body: JSON.stringify(aRequest([span({ startTimeUnixNano: "@1", endTimeUnixNano: "@2" })]))
      .replace('"@1"', "1700000000000000001")
      .replace('"@2"', "1700000000000000003"),
  },
  {
    name: "numbers with an exponent",
    body: JSON.stringify(aRequest([span({ startTimeUnixNano: "@1" })])).replace('"@1"', "1e3"),
  },
  {
    name: "numbers with a fraction",
    body: JSON.stringify(aRequest([span({ startTimeUnixNano: "@1" })])).replace('"@1"', "1.5"),
  },
];

const nested = (depth: number): Value => (depth === 0 ? 1 : [nested(depth - 1)]);

export const values: Case[] = [
  one("attributes of every kind", {
    text: 'é\u2028\u0000"\\\n',
    empty: "",
    yes: true,
    no: false,
    int: 3,
    negative: -5,
    float: 0.1,
    tiny: 1.5e-7,
    huge: 1e22,
    list: [1, "a", true, 0.5, null, []],
    dict: { b: 1, a: { c: [1] }, "1": 2, "": 3 },
    nothing: null,
    bytes: new Uint8Array([0, 39, 34, 92, 10, 65, 200]),
  }),
  one("attributes in an order of their own", { z: 1, "10": 2, a: 3, "9": 4 }),
  {
    name: "odd floats",
    body: aRequest([
      span({
        attributes: [
          ..."NaN,Infinity,-Infinity".split(",").map((doubleValue) => ({ key: doubleValue, value: { doubleValue } })),
          ...[1, -0.0, 1e16, 123456789012345680, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308].map((doubleValue) => ({
            key: `f${doubleValue}`,
            value: { doubleValue },
          })),
          { key: "in a list", value: { arrayValue: { values: [{ doubleValue: "NaN" }, { doubleValue: 2 }] } } },
        ],
      }),
    ]),
  },
  {
    name: "large ints",
    body: aRequest([
      span({
        attributes: ["9223372036854775807", "-9223372036854775808", "9007199254740993"].map((intValue) => ({
          key: intValue,
          value: { intValue },
        })),
      }),
    ]),
  },
  {
    name: "a key twice",
    body: aRequest([span({ attributes: [...attributesOf({ a: 1, b: 2 }), ...attributesOf({ a: 3 })] })]),
  },
  one("JSON in texts", {
    object: '{"a": 1}',
    spaced: ' \n{"a":1.0, "b": NaN}',
    list: "[1,2]",
    text: '"quoted"',
    number: "7",
    flag: "true",
    none: "null",
    broken: '{"a": ',
    deep: "[".repeat(90) + "]".repeat(90),
    nan: "[NaN]",
    big: "[123456789012345678901234567890]",
    twice: JSON.stringify(JSON.stringify("x")),
    control: '"a\tb"',
    half: '"\\ud800"',
  }),
  one("an id of its own", { "mlflow.traceRequestId": "mine", other: 1 }),
  one("nested as deeply as protobuf goes", { deep: nested(47) }),
  one("nested more deeply", { deep: nested(48) }),
  {
    name: "events",
    body: aRequest([
      span({
        events: [
          {
            name: "one",
            timeUnixNano: "1700000000500000000",
            attributes: attributesOf({ n: 1, list: [1, 0.5], bytes: new Uint8Array([1, 255]) }),
          },
          {
            name: "é",
            attributes: [
              { key: "nan", value: { doubleValue: "NaN" } },
              { key: "nothing", value: {} },
            ],
          },
        ],
      }),
    ]),
  },
  {
    name: "links",
    body: aRequest([
      span({
        links: [
          {
            traceId: "ab".repeat(16),
            spanId: "cd".repeat(8),
            attributes: attributesOf({ b: new Uint8Array([1, 2]), n: 1.5 }),
          },
          { traceId: "ab", spanId: "cd" },
          {},
          { traceId: "ef".repeat(17), spanId: "ef".repeat(9) },
        ],
      }),
    ]),
  },
  one("a type", { "mlflow.spanType": "LLM" }),
  one("a type in JSON", { "mlflow.spanType": '"TOOL"' }),
  one("a type that is a number", { "mlflow.spanType": 5 }),
  one("a type that is empty", { "mlflow.spanType": "" }),
  one("a model", { "mlflow.llm.model": "m".repeat(600), "mlflow.llm.provider": "p" }),
  one("a model in the inputs", { "mlflow.spanInputs": '{"model": "in"}', "mlflow.spanOutputs": '{"model": "out"}' }),
  one("a model in the outputs", { "mlflow.spanInputs": "{}", "mlflow.spanOutputs": '{"model": "out"}' }),
  one("a model that is no text", { "mlflow.spanInputs": '{"model": 5}', "mlflow.spanOutputs": '{"model": "out"}' }),
];
