import { isAscii, isUtf8 } from "node:buffer";

/** The wire types of protobuf, as the last three bits of a tag. */
const varint = 0;
const bit64 = 1;
const delimited = 2;
const group = 3;
const endOfGroup = 4;
const bit32 = 5;

// As many as protobuf's libraries read.
const maxDepth = 100;
// Of a text as long as this, one look at all of its bytes takes less time than a call for it.
const short = 24;

/** More messages than may be in a body: each takes some 150 bytes in memory, and two on the wire if it is empty. */
export class TooManyMessages extends Error {}

/**
 * Reads a protobuf message field by field. A library that builds each message as an object of its own takes four times
 * as long. All methods throw for a body that is broken.
 */
export class Wire {
  private readonly bytes: Buffer;
  private at = 0;
  private end: number;
  private depth = 0;
  private left: number;

  /** @param most messages that may be in it */
  constructor(body: Uint8Array, most: number) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.end = body.byteLength;
    this.left = most;
  }

  /** Reads the whole body. */
  all(read: (tag: number) => boolean): void {
    while (this.at < this.end) this.field(read);
  }

  /**
   * Reads a message that comes next.
   * @param read is called with the tag of each field: its number times eight, and its wire type. It reads the field, or
   *   answers false for one that is not known, which is skipped: so is one of another wire type, as in Python
   */
  message(read: (tag: number) => boolean): void {
    const end = this.ofLength();
    if (++this.depth > maxDepth) throw new Error("nested too deeply");
    if (--this.left < 0) throw new TooManyMessages();
    const outer = this.end;
    this.end = end;
    while (this.at < end) this.field(read);
    this.end = outer;
    this.depth--;
  }

  private field(read: (tag: number) => boolean): void {
    const tag = this.tag();
    if (!read(tag)) this.skip(tag);
    if (this.at > this.end) throw new Error("longer than what it lies in");
  }

  private tag(): number {
    const tag = this.varint32();
    if (tag < 8) throw new Error("no field");
    return tag;
  }

  private skip(tag: number): void {
    switch (tag & 7) {
      case varint:
        this.int32();
        return;
      case bit64:
        this.at += 8;
        return;
      case delimited:
        this.at = this.ofLength();
        return;
      case bit32:
        this.at += 4;
        return;
      case group:
        this.skipGroup(tag >>> 3);
        return;
      default:
        throw new Error("no wire type");
    }
  }

  private skipGroup(number: number): void {
    if (++this.depth > maxDepth) throw new Error("nested too deeply");
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) === endOfGroup) {
        if (tag >>> 3 !== number) throw new Error("another group's end");
        this.depth--;
        return;
      }
      this.skip(tag);
      if (this.at >= this.end) throw new Error("a group without an end");
    }
  }

  /** Where the length-delimited field ends that comes next. */
  private ofLength(): number {
    const length = this.varint32();
    const end = this.at + length;
    if (end > this.end) throw new Error("longer than what it lies in");
    return end;
  }

  text(): string {
    const end = this.ofLength();
    const start = this.at;
    this.at = end;
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
    const end = this.ofLength();
    const start = this.at;
    this.at = end;
    return this.bytes.toString("hex", start, end);
  }

  data(): Uint8Array {
    const end = this.ofLength();
    const start = this.at;
    this.at = end;
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, end - start);
  }

  fixed64(): bigint {
    this.at += 8;
    return this.bytes.readBigUInt64LE(this.at - 8);
  }

  double(): number {
    this.at += 8;
    return this.bytes.readDoubleLE(this.at - 8);
  }

  bool(): boolean {
    return this.int64() !== 0n;
  }

  /** Of a number that is longer, the lowest 32 bits. */
  int32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error("a number of more than ten bytes");
  }

  int64(): bigint {
    // Four bytes fit into a number.
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new Error("a number of more than ten bytes");
  }

  /** A tag or a length: it has five bytes at most. */
  private varint32(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw new Error("a number of more than 32 bits");
  }

  private byte(): number {
    if (this.at >= this.end) throw new Error("cut short");
    return this.bytes[this.at++]!;
  }
}
