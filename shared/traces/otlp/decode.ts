/** Requests as exporters send them (mlflow/server/otel_api.py). */
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { parseJson, TooManyValues } from "../../platform/json.ts";
import { readRequest } from "./binary.ts";
import { sentOf } from "./built.ts";
import { ExportTraceServiceRequestSchema } from "./generated/collector_pb.ts";
import { notOtlp, OtlpRefusal } from "./refusal.ts";
import type { SentResource } from "./sent.ts";
import { TooManyMessages } from "./wire.ts";

/** What stock takes, parameters aside. */
export const mediaTypes = ["application/x-protobuf", "application/json"] as const;

export type MediaType = (typeof mediaTypes)[number];

// 10,000 spans of 45 attributes.
const maxValues = 1_000_000;

/**
 * The spans of a request by their resources.
 * @throws OtlpRefusal 400 for what is no such request, 413 for one of too many values
 */
export function decode(body: Uint8Array, mediaType: MediaType): SentResource[] {
  const resources = mediaType === "application/json" ? decodeJson(body) : decodeBinary(body);
  if (resources.length === 0) throw new OtlpRefusal(400, "Invalid OpenTelemetry format - no spans found");
  return resources;
}

function decodeBinary(body: Uint8Array): SentResource[] {
  try {
    return readRequest(body, maxValues);
  } catch (error) {
    throw error instanceof TooManyMessages ? tooMany() : notOtlp();
  }
}

const tooMany = () =>
  new OtlpRefusal(413, `The spans have more than ${maxValues} values altogether. Send fewer at once.`);

// A list within a list is three levels of JSON, of which protobuf counts two: it takes 100.
const maxDepth = 200;

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeJson(body: Uint8Array): SentResource[] {
  try {
    const request = protoJson(parseJson(utf8.decode(body), maxValues, maxDepth));
    return sentOf(fromJson(ExportTraceServiceRequestSchema, request, { ignoreUnknownFields: true }));
  } catch (error) {
    throw error instanceof TooManyValues ? tooMany() : notOtlp();
  }
}

/** OTLP's JSON as ProtoJSON: ids are hex there, and whole numbers may be any number. */
function protoJson(value: unknown): JsonValue {
  const request = withoutBigints(value);
  for (const resource of members(request, "resourceSpans"))
    for (const scope of members(resource, "scopeSpans"))
      for (const span of members(scope, "spans"))
        for (const holder of [span, ...members(span, "links")]) for (const field of idFields) toBase64(holder, field);
  return request;
}

// An id has 32 digits; what is far longer can't be stored.
const maxIdLength = 1000;
const idFields = ["traceId", "spanId", "parentSpanId"];

type Json = Record<string, JsonValue>;

function members(holder: JsonValue, name: string): Json[] {
  const list = (holder as Json | null)?.[name];
  return Array.isArray(list) ? (list.filter((item) => item !== null && typeof item === "object") as Json[]) : [];
}

function toBase64(holder: Json, field: string): void {
  const hex = holder[field];
  if (!hex) return;
  if (typeof hex !== "string" || hex.length > maxIdLength || !/^(\s*[0-9a-f]{2})*\s*$/i.test(hex)) throw notOtlp();
  holder[field] = Buffer.from(hex.replace(/\s/g, ""), "hex").toString("base64");
}

/** A JSON value of the library has whole numbers beyond 2^53 as texts. */
function withoutBigints(value: unknown): JsonValue {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(withoutBigints);
  if (value === null || typeof value !== "object") return value as JsonValue;
  for (const [key, member] of Object.entries(value))
    if (typeof member === "bigint" || typeof member === "object") (value as Json)[key] = withoutBigints(member);
  return value as Json;
}
