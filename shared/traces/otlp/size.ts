import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

// As many as the library reads.
const maxDepth = 100;

/**
 * How many messages a body holds within it, counted up to a little beyond the limit and before any is built: an empty
 * one has two bytes on the wire and a hundred times as many in memory.
 * @throws Error for a body that is broken. So is one whose fields have other wire types than their own: the library
 *   does not look at these, and would find other messages in it
 */
export function countMessages(body: Uint8Array, schema: DescMessage, limit: number): number {
  if (body.byteLength / 2 <= limit) return 0;
  const reader = new BinaryReader(body);
  let count = 0;
  const within = (end: number, desc: DescMessage, depth: number) => {
    if (depth > maxDepth) throw new Error("nested too deeply");
    while (reader.pos < end && count <= limit) {
      const [number, wireType] = reader.tag();
      const field = desc.fields.find((each) => each.number === number);
      if (field && wireTypeOf(field) !== wireType) throw new Error("another wire type");
      const inner = messageOf(field);
      if (inner) {
        count++;
        const length = reader.uint32();
        within(reader.pos + length, inner, depth + 1);
      } else reader.skip(wireType, number);
    }
    if (reader.pos > end) throw new Error("longer than what it lies in");
  };
  within(reader.len, schema, 1);
  return count;
}

const messageOf = (field: DescField | undefined): DescMessage | undefined =>
  field && (field.fieldKind === "message" || (field.fieldKind === "list" && field.listKind === "message"))
    ? field.message
    : undefined;

/** OTLP has no maps, no groups, and no lists of numbers. */
function wireTypeOf(field: DescField): WireType {
  if (field.fieldKind === "enum") return WireType.Varint;
  return field.scalar === undefined ? WireType.LengthDelimited : (wireTypes[field.scalar] ?? WireType.Varint);
}

const wireTypes: Partial<Record<ScalarType, WireType>> = {
  [ScalarType.STRING]: WireType.LengthDelimited,
  [ScalarType.BYTES]: WireType.LengthDelimited,
  [ScalarType.DOUBLE]: WireType.Bit64,
  [ScalarType.FIXED64]: WireType.Bit64,
  [ScalarType.SFIXED64]: WireType.Bit64,
  [ScalarType.FLOAT]: WireType.Bit32,
  [ScalarType.FIXED32]: WireType.Bit32,
  [ScalarType.SFIXED32]: WireType.Bit32,
};
