import fc from "fast-check";
import { expect, it } from "vitest";
import { wholeMessages } from "../../shared/platform/db/whole-messages.ts";

function message(length: number): Buffer {
  const bytes = Buffer.alloc(1 + length, "x");
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** What is read of bytes that arrive in chunks of these sizes, the last one over and over. */
function readOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const read: Buffer[] = [];
  const give = wholeMessages((messages) => read.push(messages));
  for (let at = 0, chunk = 0; at < bytes.length; chunk++) {
    const size = sizes[Math.min(chunk, sizes.length - 1)]!;
    give(bytes.subarray(at, at + size));
    at += size;
  }
  return read;
}

/** Where messages end. */
const endsOf = (messages: readonly Buffer[]) => {
  let end = 0;
  return new Set(messages.map(({ length }) => (end += length)));
};

it("reads all bytes in their order, and whole messages only", () => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 4, max: 12 }), fc.integer({ min: 4, max: 300 })), {
    minLength: 1,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(lengths, sizes, (chosen, chunks) => {
      const messages = chosen.map(message);
      const bytes = Buffer.concat(messages);
      const read = readOf(bytes, chunks);
      expect(Buffer.concat(read).equals(bytes)).toBe(true);
      const ends = endsOf(messages);
      for (const end of endsOf(read)) expect(ends).toContain(end);
    }),
  );
});

it("holds a large message in a buffer of its length", () => {
  const [small, large] = [message(20), message(1_500_000)];
  const read = readOf(Buffer.concat([small, large, small]), [65_536]);
  expect(read.map(({ length }) => length)).toEqual([small.length, large.length, small.length]);
  expect(read[1]!.buffer.byteLength).toBe(large.length);
});

it("hands on what is no message, or too large a one, as it comes", () => {
  const answer = Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  const read = readOf(Buffer.concat([message(20), answer]), [30]);
  expect(Buffer.concat(read.slice(1)).equals(answer)).toBe(true);
});
