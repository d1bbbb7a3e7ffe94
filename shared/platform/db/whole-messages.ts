/**
 * Has `pg` read whole messages. It doubles a buffer until a message fits, and copies what follows too: a history of
 * 20,000 points, which is one row of 1.5 MB, left 4 MB behind, and a page of runs each chunk of 64 KB.
 */
import type pg from "pg";

interface Stream {
  on(event: string, listener: Read): unknown;
}

interface Connection {
  /** Called once it is known what the stream is, TLS or not; all that is used of it is `on`. */
  attachListeners(stream: Stream): void;
}

/** To be called before the client connects. */
export function readWholeMessages(client: pg.Client): void {
  const { connection } = client as unknown as { connection: Connection };
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) =>
    attach({ on: (event, listener) => stream.on(event, event === "data" ? wholeMessages(listener) : listener) });
}

type Read = (messages: Buffer) => void;

/** A letter and the length of what follows it, itself included. */
const header = 5;

/** Larger ones are left to `pg`, and so is what is no message: its length may be anything. */
const largest = 2 ** 28;

/**
 * Hands on what chunks of a stream hold as whole messages: those that end in a chunk as they lie there, one that goes
 * on in the next in a buffer of its length.
 */
export function wholeMessages(read: Read): Read {
  let [begun, filled, asTheyCome]: [Buffer | undefined, number, boolean] = [undefined, 0, false];
  let start: Buffer | undefined;
  const keep = (rest: Buffer) => {
    if (rest.length < header) {
      start = rest;
      return;
    }
    const length = lengthAt(rest, 0);
    asTheyCome = length > largest;
    if (asTheyCome) return read(rest);
    begun = Buffer.allocUnsafe(length);
    filled = rest.copy(begun);
  };
  return (chunk) => {
    if (asTheyCome) return read(chunk);
    let rest = start ? Buffer.concat([start, chunk]) : chunk;
    start = undefined;
    if (begun) {
      const taken = rest.copy(begun, filled);
      filled += taken;
      if (filled < begun.length) return;
      const whole = begun;
      begun = undefined;
      read(whole);
      rest = rest.subarray(taken);
    }
    const end = endOfMessages(rest);
    if (end > 0) read(rest.subarray(0, end));
    if (end < rest.length) keep(rest.subarray(end));
  };
}

function endOfMessages(bytes: Buffer): number {
  let end = 0;
  while (end + header <= bytes.length) {
    const next = end + lengthAt(bytes, end);
    if (next > bytes.length) break;
    end = next;
  }
  return end;
}

const lengthAt = (bytes: Buffer, at: number) => 1 + bytes.readUInt32BE(at + 1);
