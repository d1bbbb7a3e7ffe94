import { isAscii, isUtf8 } from "node:buffer";
import { BinaryReader } from "@bufbuild/protobuf/wire";

// As many as the library reads.
const maxDepth = 100;
// Of a text as long as this, one look at all of its bytes takes less time than a call for it.
const short = 24;

/** More messages than may be in a body: each takes some 150 bytes in memory, and two on the wire if it is empty. */
export class TooManyMessages extends Error {}

/**
 * Reads a protobuf message field by field, by the library's reader. The objects that the library would build of the
 * message take four times as long. All methods throw for a body that is broken.
 */
export class Wire {
  private readonly bytes: Buffer;
  private readonly reader: BinaryReader;
  private end: number;
  private depth = 0;
  private left: number;

  /** @param most messages that may be in it */
  constructor(body: Uint8Array, most: number) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.reader = new BinaryReader(this.bytes);
    this.end = body.byteLength;
    this.left = most;
  }

  /** Reads the whole body. */
  all(read: (tag: number) => boolean): void {
    while (this.reader.pos < this.end) this.field(read);
  }

  /**
   * Reads a message that comes next.
   * @param read is called with the tag of each field: its number times eight, and its wire type. It reads the field, or
   *   answers false for one that is not known, which is skipped: so is one of another wire type, as in Python
   */
  message(read: (tag: number) => boolean): void {
    const end = this.reader.uint32() + this.reader.pos;
    if (end > this.end) throw new Error("longer than what it lies in");
    if (++this.depth > maxDepth) throw new Error("nested too deeply");
    if (--this.left < 0) throw new TooManyMessages();
    const outer = this.end;
    this.end = end;
    while (this.reader.pos < end) this.field(read);
    this.end = outer;
    this.depth--;
  }

  private field(read: (tag: number) => boolean): void {
    const [number, wireType] = this.reader.tag();
    if (!read(number * 8 + wireType)) this.reader.skip(wireType, number);
    if (this.reader.pos > this.end) throw new Error("longer than what it lies in");
  }

  /** Where the text or the bytes begin that come next, and where they end. */
  private passed(): [start: number, end: number] {
    const { reader } = this;
    const length = reader.uint32();
    const start = reader.pos;
    reader.pos += length;
    if (reader.pos > this.end) throw new Error("longer than what it lies in");
    return [start, reader.pos];
  }

  text(): string {
    const [start, end] = this.passed();
    if (this.isPlain(start, end)) return this.bytes.toString("latin1", start, end);
    if (!isUtf8(this.bytes.subarray(start, end))) throw new Error("not UTF-8");
    return this.bytes.toString("utf8", start, end);
  }

  private isPlain(start: number, end: number): boolean {
    if (end - start > short) return isAscii(this.bytes.subarray(start, end));
    for (let at = start; at < end; at++) if (this.bytes[at]! > 0x7f) return false;
    return true;
  }

  hex(): string {
    const [start, end] = this.passed();
    return this.bytes.toString("hex", start, end);
  }

  data(): Uint8Array {
    const [start, end] = this.passed();
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, end - start);
  }

  fixed64(): bigint {
    return this.reader.fixed64() as bigint;
  }

  double(): number {
    return this.reader.double();
  }

  bool(): boolean {
    return this.reader.bool();
  }

  /** Of a number that is longer, the lowest 32 bits. */
  int32(): number {
    return this.reader.int32();
  }

  int64(): bigint {
    return this.reader.int64() as bigint;
  }
}
