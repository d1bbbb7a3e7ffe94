/** Stored spans as OTLP's ProtoJSON (mlflow/entities/span.py, Span.from_dict and to_otel_proto). */
import { jsonString, keyValuesText } from "./any-value.ts";
import { type Lossless, type LosslessObject, NumberText, readLossless } from "./lossless-json.ts";

/** Kinds and status codes by their names in OTLP. */
const kinds = new Set(["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map((kind) => `SPAN_KIND_${kind}`));
const internal = "SPAN_KIND_INTERNAL";

/**
 * The JSON text of a span whose content is stored.
 * @throws SyntaxError for what is no span
 */
export function storedSpanText(content: string): string {
  return spanText(objectIn(readLossless(content)));
}

/**
 * The JSON texts of the spans of a trace's file.
 * @throws SyntaxError for what holds no spans
 */
export function spansOfFile(content: string): string[] {
  const spans = objectIn(readLossless(content)).get("spans");
  if (!Array.isArray(spans)) throw new SyntaxError("There are no spans.");
  return spans.map((span) => spanText(objectIn(span)));
}

/** MLflow 2 wrote spans otherwise. */
const spanText = (span: LosslessObject): string => (span.has("context") ? olderSpanText(span) : newerSpanText(span));

function newerSpanText(span: LosslessObject): string {
  const status = objectIn(span.get("status") ?? new Map());
  const kind = textIn(span.get("kind"));
  return message({
    trace_id: idText(span.get("trace_id"), 16),
    span_id: idText(span.get("span_id"), 8),
    parent_span_id: idText(span.get("parent_span_id"), 8),
    name: nonEmpty(span.get("name")),
    kind: `"${kinds.has(kind) ? kind : internal}"`,
    start_time_unix_nano: nanos(span.get("start_time_unix_nano")),
    end_time_unix_nano: nanos(span.get("end_time_unix_nano")),
    attributes: attributesText(span.get("attributes")),
    events: listText(span.get("events"), (event) =>
      message({
        time_unix_nano: nanos(event.get("time_unix_nano")),
        name: nonEmpty(event.get("name")),
        attributes: valuesText(event.get("attributes")),
      }),
    ),
    links: linksText(span.get("links")),
    status: statusText(textIn(status.get("code")), textIn(status.get("message"))),
  });
}

function olderSpanText(span: LosslessObject): string {
  const context = objectIn(span.get("context") ?? null);
  return message({
    trace_id: idText(context.get("trace_id"), 16),
    span_id: idText(context.get("span_id"), 8),
    parent_span_id: idText(span.get("parent_id"), 8),
    name: nonEmpty(span.get("name")),
    kind: `"${internal}"`,
    start_time_unix_nano: nanos(span.get("start_time")),
    end_time_unix_nano: nanos(span.get("end_time")),
    attributes: attributesText(span.get("attributes")),
    events: listText(span.get("events"), (event) =>
      message({
        time_unix_nano: nanos(event.get("timestamp")),
        name: nonEmpty(event.get("name")),
        attributes: valuesText(event.get("attributes")),
      }),
    ),
    links: linksText(span.get("links")),
    status: statusText(textIn(span.get("status_code")), textIn(span.get("status_message"))),
  });
}

/** Members that are set; protobuf leaves out what is empty. */
function message(members: Record<string, string | undefined>): string {
  let text = "";
  for (const name in members) if (members[name] !== undefined) text += `${text && ","}"${name}":${members[name]}`;
  return `{${text}}`;
}

function objectIn(value: Lossless): LosslessObject {
  if (value instanceof Map) return value;
  throw new SyntaxError("There is no span.");
}

const textIn = (value: Lossless | undefined): string => (typeof value === "string" ? value : "");

const nonEmpty = (value: Lossless | undefined) => (textIn(value) === "" ? undefined : jsonString(textIn(value)));

/** Nanoseconds have nineteen digits, all of which are kept. The JS client writes them as texts. */
function nanos(value: Lossless | undefined): string | undefined {
  const digits = value instanceof NumberText ? value.text : textIn(value);
  return /^[1-9]\d{0,19}$/.test(digits) ? digits : undefined;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/;

const bytesIn = (text: string) => (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);

/** An id of so many bytes in base64. It is stored in base64, or by some versions in hex, a trace's with `tr-`. */
function idText(value: Lossless | undefined, bytes: number): string | undefined {
  const stored = textIn(value);
  // One in four thousand in base64 begins with 0x too.
  if (stored.length === 4 * Math.ceil(bytes / 3) && base64.test(stored) && bytesIn(stored) === bytes)
    return `"${stored}"`;
  const id = stored.replace(/^(?:tr-|0x)/, "");
  if (id === "") return undefined;
  if (!/^[0-9a-f]+$/i.test(id) || id.length > 2 * bytes) throw new SyntaxError("An id of a span can't be read.");
  return `"${Buffer.from(id.padStart(2 * bytes, "0"), "hex").toString("base64")}"`;
}

/** Each attribute is a JSON text; one that is not stands for itself, and an empty one for nothing. */
function attributesText(value: Lossless | undefined): string | undefined {
  if (!(value instanceof Map)) return undefined;
  const read = [...value].map(([key, stored]): [string, Lossless] => [key, attributeIn(stored)]);
  return valuesText(new Map(read));
}

function attributeIn(stored: Lossless): Lossless {
  if (stored === "" || stored === false) return null;
  if (typeof stored !== "string") return stored;
  try {
    return readLossless(stored);
  } catch {
    return stored;
  }
}

const valuesText = (value: Lossless | undefined) =>
  value instanceof Map && value.size > 0 ? keyValuesText(value) : undefined;

function listText(value: Lossless | undefined, item: (member: LosslessObject) => string | undefined) {
  const texts = Array.isArray(value)
    ? value.map((each) => item(objectIn(each))).filter((text) => text !== undefined)
    : [];
  return texts.length > 0 ? `[${texts.join()}]` : undefined;
}

/** A link whose ids are wider than OTLP's is left out. */
const linksText = (value: Lossless | undefined) =>
  listText(value, (link) => {
    try {
      return message({
        trace_id: idText(textIn(link.get("trace_id")).replace(/^trace:\/.*\//, ""), 16),
        span_id: idText(link.get("span_id"), 8),
        attributes: valuesText(link.get("attributes")),
      });
    } catch {
      return undefined;
    }
  });

/** Only errors have a message. */
function statusText(code: string, description: string): string {
  const name = code.replace("STATUS_CODE_", "");
  if (name !== "ERROR") return name === "OK" ? '{"code":"STATUS_CODE_OK"}' : "{}";
  return message({ message: nonEmpty(description), code: '"STATUS_CODE_ERROR"' });
}
