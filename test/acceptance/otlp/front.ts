/** How requests are sent: types, encodings, and what is no request. */
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { aRequest } from "../../traces/otlp-bodies.ts";
import { type Case, span } from "./case.ts";

const text = JSON.stringify(aRequest([span()]));
const packed = (name: string, encoding: string, body: string | Uint8Array): Case => ({
  name,
  headers: { "content-encoding": encoding },
  body,
});

export const front: Case[] = [
  { name: "charset", headers: { "content-type": "application/json; charset=utf-8" }, body: aRequest([span()]) },
  { name: "plain text", headers: { "content-type": "text/plain" }, body: text },
  { name: "protobuf by another name", headers: { "content-type": "application/protobuf" }, body: text },
  { name: "capitals in the type", headers: { "content-type": "Application/JSON" }, body: text },
  packed("gzip", "gzip", gzipSync(JSON.stringify(aRequest([span()])))),
  packed("GZIP", "GZIP", gzipSync(JSON.stringify(aRequest([span()])))),
  packed("deflate", "deflate", deflateSync(JSON.stringify(aRequest([span()])))),
  packed("raw deflate", "deflate", deflateRawSync(JSON.stringify(aRequest([span()])))),
  packed("two gzip streams", "gzip", Buffer.concat([gzipSync('{"resourceSpans":['), gzipSync("{}]}")])),
  packed("identity", "identity", text),
  packed("br", "br", text),
  packed("no encoding", "", JSON.stringify(aRequest([span()]))),
  packed("two encodings", "gzip, gzip", gzipSync(gzipSync(text))),
  packed("broken gzip", "gzip", "abc"),
  packed("cut gzip", "gzip", gzipSync(text).subarray(0, -4)),
  packed("empty gzip", "gzip", new Uint8Array()),
  packed("broken deflate", "deflate", "abc"),
  { name: "no body", body: "" },
  { name: "no protobuf", headers: { "content-type": "application/x-protobuf" }, body: "" },
  {
    name: "broken protobuf",
    headers: { "content-type": "application/x-protobuf" },
    body: Buffer.from("ffffff", "hex"),
  },
  { name: "no JSON", body: "{" },
  { name: "no resources", body: {} },
  { name: "empty resources", body: { resourceSpans: [] } },
  { name: "no spans", body: { resourceSpans: [{}] } },
  { name: "a number of resources", body: { resourceSpans: 5 }, differs: { status: 400, why: "stock fails with 500" } },
  { name: "a list", body: "[]", differs: { status: 400, why: "stock fails with 500" } },
  { name: "null", body: "null", differs: { status: 400, why: "stock fails with 500" } },
  { name: "a byte order mark", body: `\ufeff${JSON.stringify(aRequest([span()]))}` },
  { name: "latin-1", body: Buffer.from(JSON.stringify(aRequest([span({ name: "é" })])), "latin1") },
  { name: "half a character", body: aRequest([span({ name: "\ud800" })]) },
];
