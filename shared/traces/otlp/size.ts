import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";

/**
 * How many messages a body holds within it, counted up to a little beyond the limit and before any is built: an empty
 * one has two bytes on the wire and a hundred times as many in memory. It reads as `fromBinary` does, which looks
 * neither at the wire type of a message nor at where the message around it ends.
 */
export function countMessages(body: Uint8Array, schema: DescMessage, limit: number): number {
  if (body.byteLength / 2 <= limit) return 0;
  const reader = new BinaryReader(body);
  let count = 0;
  const within = (end: number, desc: DescMessage) => {
    while (reader.pos < end && count <= limit) {
      const [number, wireType] = reader.tag();
      const inner = messageOf(desc, number);
      if (!inner) {
        reader.skip(wireType, number);
        continue;
      }
      count++;
      const length = reader.uint32();
      within(reader.pos + length, inner);
    }
  };
  try {
    within(reader.len, schema);
  } catch {
    // What is broken is refused when it is decoded.
  }
  return count;
}

const messageOf = (desc: DescMessage, number: number): DescMessage | undefined =>
  messageIn(desc.fields.find((field) => field.number === number));

const messageIn = (field: DescField | undefined): DescMessage | undefined =>
  field && (field.fieldKind === "message" || (field.fieldKind === "list" && field.listKind === "message"))
    ? field.message
    : undefined;
