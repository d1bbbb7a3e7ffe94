/** What a trace gets of its spans: previews, tags, name, session and user. */
import { aRequest } from "../../traces/otlp-bodies.ts";
import { type Case, childOf, one, span } from "./case.ts";

const chat = (...contents: unknown[]) =>
  JSON.stringify({ messages: contents.map((content, at) => ({ role: at % 2 ? "assistant" : "user", content })) });

export const previews: Case[] = [
  ["text", "hello", "world"],
  ["long text", "é😀".repeat(700), "x".repeat(1001)],
  ["a thousand characters", "😀".repeat(998), "y".repeat(998)],
  ["a dict", '{"a": "é"}', "[1, 2]"],
  [
    "a chat",
    chat("first", "second", "third"),
    '{"choices": [{"message": {"role": "assistant", "content": "answer"}}]}',
  ],
  ["parts", chat([{ type: "image" }, { type: "text", text: "part" }]), chat("a", ["plain"])],
  ["parts without text", chat([{ type: "image" }]), chat("a", [{ type: "text" }])],
  ["parts that are no text", chat([{ type: "text", text: { a: 1 } }]), "answer"],
  ["no messages", '{"messages": []}', '{"messages": [{"role": "user"}]}'],
  [
    "responses",
    '{"input": [{"role": "user", "content": "asked"}]}',
    '{"output": [{"role": "assistant", "content": [{"type": "output_text", "text": "told"}]}]}',
  ],
  ["a request within", '{"request": {"input": [{"role": "user", "content": "asked"}]}}', '{"choices": []}'],
  ["empty content", chat(""), ""],
  ["NUL", "a\u0000b", '{"messages": [{"role": "user", "content": "a\\u0000b"}]}'],
  ["NaN", '{"messages": [{"role": "user", "content": "nan", "x": NaN}]}', "NaN"],
].map(([name, inputs, outputs]) =>
  one(`preview of ${name}`, { "mlflow.spanInputs": inputs!, "mlflow.spanOutputs": outputs! }),
);

export const tags: Case[] = [
  {
    name: "resource attributes",
    body: aRequest([span()], {
      "service.name": "mine",
      "telemetry.sdk.name": "x",
      "mlflow.secret": "y",
      list: ["é", 1, null],
      n: 5,
      f: 0.5,
      on: true,
      none: null,
      dict: { b: "é", "": 1 },
      "bad/../key": "z",
      ["k".repeat(251)]: "long",
      value: "v".repeat(9000),
      "": "nameless",
    }),
  },
  {
    name: "bytes in a resource",
    body: aRequest([span()], { bytes: new Uint8Array([1]) }),
    differs: { status: 422, why: "stock answers 500" },
  },
  { name: "a known agent", body: aRequest([span(), childOf(span())], { "service.name": "claude-code" }) },
  one("tags of a root", {
    "mlflow.traceTag.a": "b",
    "mlflow.traceTag.json": '{"x": 1}',
    "mlflow.traceTag.n": 5,
    "mlflow.traceTag.mlflow.traceName": "named",
    "mlflow.traceTag.mlflow.artifactLocation": "evil",
    "mlflow.traceTag.mlflow.trace.spansLocation": "evil",
    "mlflow.traceTag.": "empty",
    "mlflow.traceTag.a\tb": "control",
    "mlflow.traceTag.long": "v".repeat(9000),
  }),
  {
    name: "a tag and a resource attribute",
    body: aRequest([span({}, { "mlflow.traceTag.a": "root" })], { a: "resource" }),
  },
  { name: "tags of a child", body: aRequest([childOf(span(), { "mlflow.traceTag.a": "b" })]) },
  one("a long name", { "mlflow.traceTag.mlflow.traceName": "n".repeat(5000) }),
  one("a session", { "session.id": "s" }),
  one("a session that is a number", { "session.id": 5 }),
  one("a session that is empty", { "session.id": "", "gen_ai.conversation.id": "c" }),
  one("a long session", { "session.id": "s".repeat(251) }),
  one("a user", { "user.id": "someone", "session.id": '"quoted"' }),
];
