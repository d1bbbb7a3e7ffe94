import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRequest } from "../../shared/traces/otlp/binary.ts";
import { sentOf } from "../../shared/traces/otlp/built.ts";
import { ExportTraceServiceRequestSchema } from "../../shared/traces/otlp/generated/collector_pb.ts";
import type { AnyValueSchema, KeyValueSchema } from "../../shared/traces/otlp/generated/common_pb.ts";
import { TooManyMessages } from "../../shared/traces/otlp/wire.ts";

const text = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 60 }), fc.constant("x".repeat(200)));
const bytes = fc.uint8Array({ maxLength: 20 });
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

const { anyValue } = fc.letrec<{
  anyValue: MessageInitShape<typeof AnyValueSchema>;
  keyValue: MessageInitShape<typeof KeyValueSchema>;
}>((tie) => ({
  anyValue: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant({}),
    text.map((value) => ({ value: { case: "stringValue" as const, value } })),
    fc.boolean().map((value) => ({ value: { case: "boolValue" as const, value } })),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value) => ({ value: { case: "intValue" as const, value } })),
    fc.double().map((value) => ({ value: { case: "doubleValue" as const, value } })),
    bytes.map((value) => ({ value: { case: "bytesValue" as const, value } })),
    int32.map((value) => ({ value: { case: "stringValueStrindex" as const, value } })),
    fc
      .array(tie("anyValue"), { maxLength: 3 })
      .map((values) => ({ value: { case: "arrayValue" as const, value: { values } } })),
    fc
      .array(tie("keyValue"), { maxLength: 3 })
      .map((values) => ({ value: { case: "kvlistValue" as const, value: { values } } })),
  ),
  keyValue: fc.record({ key: text, value: fc.option(tie("anyValue"), { nil: undefined }) }),
}));

const attributes = fc.array(fc.record({ key: text, value: fc.option(anyValue, { nil: undefined }) }), { maxLength: 3 });

const span = fc.record({
  traceId: bytes,
  spanId: bytes,
  traceState: text,
  parentSpanId: bytes,
  flags: fc.nat(),
  name: text,
  kind: int32,
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  attributes,
  droppedAttributesCount: fc.nat(),
  events: fc.array(fc.record({ timeUnixNano: time, name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId: bytes, spanId: bytes, traceState: text, attributes }), { maxLength: 2 }),
  status: fc.option(fc.record({ message: text, code: int32 }), { nil: undefined }),
});

const request = fc
  .array(
    fc.record({
      resource: fc.option(fc.record({ attributes }), { nil: undefined }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.option(fc.record({ name: text, version: text, attributes }), { nil: undefined }),
          spans: fc.array(span, { maxLength: 3 }),
          schemaUrl: text,
        }),
        { maxLength: 2 },
      ),
      schemaUrl: text,
    }),
    { maxLength: 2 },
  )
  .map((resourceSpans) => create(ExportTraceServiceRequestSchema, { resourceSpans }));

/** How many messages there are within a message. */
function within(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + within(item), 0);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return 0;
  const inner = Object.values(value).reduce((sum: number, member) => sum + within(member), 0);
  return inner + ("$typeName" in value ? 1 : 0);
}

/** A field of less than 16,384 bytes, with a number below 16. */
function part(number: number, ...inner: Buffer[]): Buffer {
  const body = Buffer.concat(inner);
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), body]);
}

const most = 1_000_000;
const byLibrary = (body: Uint8Array) => sentOf(fromBinary(ExportTraceServiceRequestSchema, body));
const outcome = <T>(work: () => T) => {
  try {
    return { value: work() };
  } catch {
    return "broken";
  }
};

describe("spans in protobuf", () => {
  it("are read as the library reads them, and counted as it builds them", () => {
    fc.assert(
      fc.property(request, (message) => {
        const body = toBinary(ExportTraceServiceRequestSchema, message);
        const count = within(message) - 1;
        expect(readRequest(body, count)).toEqual(byLibrary(body));
        if (count > 0) expect(() => readRequest(body, count - 1)).toThrow(TooManyMessages);
      }),
      { numRuns: 500 },
    );
  });

  it("are read as the library reads them where a field is given twice, or is not known", () => {
    const [a, b] = ["a", "b"].map((name) => part(1, Buffer.from(name))) as [Buffer, Buffer];
    const list = (value: Buffer) => part(2, part(5, part(1, value)));
    const map = (key: Buffer) => part(2, part(6, part(1, key, part(2, key))));
    const attribute = (...values: Buffer[]) => part(9, a, ...values);
    const span = part(
      2,
      attribute(list(a), list(b)),
      attribute(map(a), map(b), map(a)),
      attribute(list(a), part(4, a), part(2, b), list(b), part(2)),
      part(15, part(2, Buffer.from("m"))),
      part(15, Buffer.from([3 * 8, 2])),
    );
    const resource = part(1, part(1, a, part(2, b)));
    const body = part(1, resource, resource, part(2, span), part(2, span));
    const [read] = readRequest(body, most);
    expect(read!.spans).toHaveLength(2);
    expect([read]).toEqual(byLibrary(body));
    expect(read!.spans[0]).toMatchObject({
      attributes: [
        ["a", ["a", "b"]],
        [
          "a",
          new Map([
            ["a", "a"],
            ["b", "b"],
          ]),
        ],
        ["a", ["b"]],
      ],
      status: 2,
      message: "m",
    });
  });

  it("leave out fields of another wire type, as Python does", () => {
    const span = part(2, Buffer.from([5 * 8, 7]), part(6, Buffer.from("kind")), part(5, Buffer.from("name")));
    expect(readRequest(part(1, part(2, span)), most)[0]!.spans).toMatchObject([{ name: "name", kind: 0 }]);
  });

  it("are broken where they are cut short", () => {
    fc.assert(
      fc.property(request, fc.double({ min: 0, max: 1, noNaN: true }), (message, part) => {
        const whole = toBinary(ExportTraceServiceRequestSchema, message);
        const body = whole.subarray(0, Math.floor(whole.length * part));
        const found = outcome(() => readRequest(body, most));
        if (found !== "broken") expect(found).toEqual(outcome(() => byLibrary(body)));
      }),
      { numRuns: 300 },
    );
  });
});
