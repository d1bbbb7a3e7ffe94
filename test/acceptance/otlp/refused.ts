/** What can't be stored. */
import { aRequest } from "../../traces/otlp-bodies.ts";
import { type Case, one, span } from "./case.ts";

const raw = (why: string) => ({ status: 400, why: `${why}: stock answers 400 with SQL, or 500` });

export const refused: Case[] = [
  { name: "no such experiment", experiment: "999999", body: aRequest([span()]) },
  { name: "no number", experiment: "abc", body: aRequest([span()]) },
  { name: "a negative number", experiment: "-1", body: aRequest([span()]) },
  { name: "a large number", experiment: "99999999999", body: aRequest([span()]) },
  { name: "no number, but nothing to store", experiment: "abc", body: { resourceSpans: [{}] } },
  { name: "a deleted experiment", experiment: "deleted", body: aRequest([span()]) },
  { ...one("NUL in a name", {}, { name: "a\0b" }), differs: raw("no text that can be stored") },
  {
    ...one("a start that is too large", {}, { startTimeUnixNano: "9223372036854775808" }),
    differs: raw("out of range"),
  },
  { ...one("a long type", { "mlflow.spanType": "t".repeat(501) }), differs: raw("too long") },
  { ...one("a long user", { "user.id": "u".repeat(8001) }), differs: raw("too long") },
  { ...one("NUL in a tag", { "mlflow.traceTag.a": "b\0c" }), differs: raw("no text that can be stored") },
  {
    ...one("a type that is a dict", { "mlflow.spanType": '{"a": 1}' }),
    differs: { status: 422, why: "stock answers 400 with SQL" },
  },
];
