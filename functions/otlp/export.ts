import type { z } from "zod";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Request } from "../../shared/platform/http/request.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { decode, type MediaType, mediaTypes } from "../../shared/traces/otlp/decode.ts";
import { unpacked } from "../../shared/traces/otlp/encoding.ts";
import { OtlpRefusal } from "../../shared/traces/otlp/refusal.ts";
import { enrich } from "../../shared/traces/spans/enrich.ts";
import { spansOf } from "../../shared/traces/spans/span.ts";
import { logSpans } from "../../shared/traces/spans/store.ts";
import { type SpanWrites, writesOf } from "../../shared/traces/spans/trace.ts";
import type { ExportTraces } from "./schemas.ts";

/** Stores the spans of a request: all of them or none (mlflow/server/otel_api.py). */
export async function exportTraces(_: z.output<typeof ExportTraces>, context: Context): Promise<Reply> {
  try {
    return await stored(context);
  } catch (error) {
    if (!(error instanceof OtlpRefusal)) throw error;
    return new Reply(error.status, json, JSON.stringify({ detail: error.detail }));
  }
}

const json = { "content-type": "application/json" };

async function stored(context: Context): Promise<Reply> {
  const { request, db } = context;
  const experimentId = request.header("x-mlflow-experiment-id");
  if (experimentId === undefined) throw new OtlpRefusal(422, [missingExperiment]);
  const mediaType = mediaTypeOf(request);
  const writes = await writesIn(context, mediaType);
  const runId = request.header("x-mlflow-run-id");
  if (writes.count > 0) await logSpans(db, experimentId, writes, runId);
  return mediaType === "application/json"
    ? new Reply(200, json, "{}")
    : new Reply(200, { "content-type": mediaType }, "");
}

/** On its own, since a function that waits keeps all its variables, and spans take many times what is written. */
async function writesIn({ request, config }: Context, mediaType: MediaType): Promise<SpanWrites> {
  const sent = await bodyOf(request);
  const body = await unpacked(sent, request.header("content-encoding") ?? "", config.MLFLOW_FUNCTIONS_OTLP_LIMIT);
  const spans = spansOf(decode(body, mediaType));
  await enrich(spans);
  return writesOf(spans, config);
}

const missingExperiment = {
  type: "missing",
  loc: ["header", "x-mlflow-experiment-id"],
  msg: "Field required",
  input: null,
};

function mediaTypeOf(request: Request): MediaType {
  const contentType = request.header("content-type");
  const mediaType = contentType?.split(";")[0]?.trim();
  const known = mediaTypes.find((type) => type === mediaType);
  if (known) return known;
  throw new OtlpRefusal(
    400,
    `Invalid Content-Type: ${contentType === undefined ? "None" : shown(contentType)}. Expected: ${mediaTypes.join(" or ")}`,
  );
}

/** Functions drops a body that comes in chunks, as Node's exporter always sends it. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  const body = await request.bytes();
  const isDropped = request.header("transfer-encoding") !== undefined || request.header("content-length") === undefined;
  if (body.byteLength > 0 || !isDropped) return body;
  throw new OtlpRefusal(
    411,
    "The spans came in chunks, which Azure Functions does not pass on. Send them with a Content-Length header: an " +
      "OpenTelemetry Collector between exporter and server does.",
  );
}
