/**
 * The recording of a real host (test/contract/functions-host.json): its requests as raw bytes, its answers to compare.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import * as z from "zod";

const Text = z
  // biome-ignore lint/suspicious/noThenProperty: the recording's name.
  .union([z.string(), z.object({ start: z.string(), then: z.string(), times: z.number() })])
  .transform((text) => (typeof text === "string" ? text : text.start + text.then.repeat(text.times)));
const Body = z
  .union([z.string(), z.object({ repeat: z.number() }), z.object({ hex: z.string() })])
  .transform((body) => () => {
    if (typeof body === "string") return Buffer.from(body);
    return "hex" in body ? Buffer.from(body.hex, "hex") : Buffer.alloc(body.repeat, "A");
  });

const Seen = z.object({
  fn: z.string(),
  method: z.string(),
  url: Text,
  params: z.record(z.string(), Text),
  query: z.array(z.tuple([Text, Text])),
  headers: z.record(z.string(), Text),
  body: z.object({ length: z.number(), head: z.string() }),
});
const Recorded = z.object({
  request: z.object({ method: z.string(), path: Text, headers: z.record(z.string(), Text), body: Body.optional() }),
  answer: z.object({
    status: z.number(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: z.union([Body, z.object({ length: z.number() })]).optional(),
    seen: Seen.optional(),
    /** `TIMEOUT`: the connection stayed open. */
    closed: z.string().optional(),
  }),
});

export type Recorded = z.output<typeof Recorded>;

export const recording = z
  .object({ requests: z.array(Recorded) })
  .parse(JSON.parse(readFileSync("test/contract/functions-host.json", "utf8"))).requests;

export interface Answer {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

/** Sends a recorded request as the recorder did, on a connection of its own. */
export function replay(port: number, { request, answer }: Recorded): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const done = () => resolve(parse(Buffer.concat(pieces), request.method));
    socket.on("data", (piece) => {
      pieces.push(piece);
      if (answer.closed === "TIMEOUT" && piece.toString("latin1").endsWith("\r\n0\r\n\r\n")) socket.destroy();
    });
    // A refusal may come, and the connection go, while the body is still being sent.
    socket.on("error", () => {}).on("close", () => (pieces.length > 0 ? done() : reject(new Error("No answer"))));
    socket.write(head(request));
    for (const piece of bodyOf(request)) socket.write(piece);
  });
}

function head({ method, path, headers, body }: Recorded["request"]): string {
  const all: Record<string, string> = { Host: "localhost", Connection: "close", ...headers };
  for (const name of ["host", "connection"]) if (name in headers) delete all[name === "host" ? "Host" : "Connection"];
  if (body !== undefined && !("transfer-encoding" in headers) && !("content-length" in headers))
    all["Content-Length"] = String(body().length);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function bodyOf({ headers, body }: Recorded["request"]): Buffer[] {
  const bytes = body?.() ?? Buffer.alloc(0);
  if (headers["transfer-encoding"] !== "chunked") return [bytes];
  const chunk = bytes.length > 0 ? [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")] : [];
  return [...chunk, Buffer.from("0\r\n\r\n")];
}

function parse(bytes: Buffer, method: string): Answer {
  const end = bytes.indexOf("\r\n\r\n");
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(first.split(" ")[1]);
  const rest = bytes.subarray(end + 4);
  if (status === 100) return parse(rest, method);
  const headers = lines.map((line): [string, string] => {
    const at = line.indexOf(":");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  });
  const chunked = headers.some(([name]) => name === "transfer-encoding") && method !== "HEAD";
  return { status, headers, body: chunked ? unchunked(rest) : rest };
}

function unchunked(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    const length = Number.parseInt(bytes.subarray(at, line).toString(), 16);
    if (!(length > 0)) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}
