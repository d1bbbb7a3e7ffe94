/** Requests in protobuf, field by field (opentelemetry/proto/collector/trace/v1/trace_service.proto). */
import type { PythonDict, PythonValue } from "../../mlflow/python-json.ts";
import type { SentAttributes, SentEvent, SentLink, SentResource, SentSpan } from "./sent.ts";
import { Wire } from "./wire.ts";

/** The tags of a field: as text, bytes or message, as a number, and as one of eight bytes. */
const field = (number: number) => number * 8 + 2;
const numeric = (number: number) => number * 8;
const eight = (number: number) => number * 8 + 1;

/**
 * The spans of `ExportTraceServiceRequest`, and of `TracesData`, which is the same on the wire.
 * @throws TooManyMessages beyond `most`, another Error for what is broken
 */
export function readRequest(body: Uint8Array, most: number): SentResource[] {
  const wire = new Wire(body, most);
  const resources: SentResource[] = [];
  wire.all((tag) => {
    if (tag !== field(1)) return false;
    resources.push(resourceSpans(wire));
    return true;
  });
  return resources;
}

function resourceSpans(wire: Wire): SentResource {
  const read: SentResource = { attributes: [], spans: [] };
  wire.message((tag) => {
    if (tag === field(1)) wire.message((inner) => inner === field(1) && keyValue(wire, read.attributes));
    else if (tag === field(2)) scopeSpans(wire, read.spans);
    else if (tag === field(3)) wire.text();
    else return false;
    return true;
  });
  return read;
}

/** Of the scope nothing is stored; a text in it that is none makes the request a broken one all the same. */
function scopeSpans(wire: Wire, spans: SentSpan[]): void {
  wire.message((tag) => {
    if (tag === field(2)) spans.push(span(wire));
    else if (tag === field(1)) scope(wire);
    else if (tag === field(3)) wire.text();
    else return false;
    return true;
  });
}

function scope(wire: Wire): void {
  const attributes: SentAttributes = [];
  wire.message((tag) => {
    if (tag === field(3)) return keyValue(wire, attributes);
    if (tag !== field(1) && tag !== field(2)) return false;
    wire.text();
    return true;
  });
}

function span(wire: Wire): SentSpan {
  const read: SentSpan = {
    traceId: "",
    spanId: "",
    parentSpanId: "",
    name: "",
    kind: 0,
    start: 0n,
    end: 0n,
    attributes: [],
    events: [],
    links: [],
    status: 0,
    message: "",
  };
  wire.message((tag) => {
    if (tag === field(9)) return keyValue(wire, read.attributes);
    if (tag === field(1)) read.traceId = wire.hex();
    else if (tag === field(2)) read.spanId = wire.hex();
    else if (tag === field(4)) read.parentSpanId = wire.hex();
    else if (tag === field(5)) read.name = wire.text();
    else if (tag === numeric(6)) read.kind = wire.int32();
    else if (tag === eight(7)) read.start = wire.fixed64();
    else if (tag === eight(8)) read.end = wire.fixed64();
    else if (tag === field(11)) read.events.push(event(wire));
    else if (tag === field(13)) read.links.push(link(wire));
    else if (tag === field(15)) status(wire, read);
    else if (tag === field(3)) wire.text();
    else return false;
    return true;
  });
  return read;
}

function event(wire: Wire): SentEvent {
  const read: SentEvent = { time: 0n, name: "", attributes: [] };
  wire.message((tag) => {
    if (tag === field(3)) return keyValue(wire, read.attributes);
    if (tag === eight(1)) read.time = wire.fixed64();
    else if (tag === field(2)) read.name = wire.text();
    else return false;
    return true;
  });
  return read;
}

function link(wire: Wire): SentLink {
  const read: SentLink = { traceId: "", spanId: "", attributes: [] };
  wire.message((tag) => {
    if (tag === field(4)) return keyValue(wire, read.attributes);
    if (tag === field(1)) read.traceId = wire.hex();
    else if (tag === field(2)) read.spanId = wire.hex();
    else if (tag === field(3)) wire.text();
    else return false;
    return true;
  });
  return read;
}

function status(wire: Wire, span: SentSpan): void {
  wire.message((tag) => {
    if (tag === field(2)) span.message = wire.text();
    else if (tag === numeric(3)) span.status = wire.int32();
    else return false;
    return true;
  });
}

function keyValue(wire: Wire, attributes: SentAttributes): true {
  let key = "";
  let value: PythonValue = null;
  wire.message((tag) => {
    if (tag === field(1)) key = wire.text();
    else if (tag === field(2)) value = anyValue(wire, value);
    else return false;
    return true;
  });
  attributes.push([key, value]);
  return true;
}

/** @param before what the field had, if it is there twice: lists and maps go on then */
function anyValue(wire: Wire, before: PythonValue): PythonValue {
  let value = before;
  wire.message((tag) => {
    switch (tag) {
      case field(1):
        value = wire.text();
        return true;
      case numeric(2):
        value = wire.bool();
        return true;
      case numeric(3):
        value = wire.int64();
        return true;
      case eight(4):
        value = wire.double();
        return true;
      case field(5):
        value = list(wire, value);
        return true;
      case field(6):
        value = map(wire, value);
        return true;
      case field(7):
        value = wire.data();
        return true;
      case numeric(8):
        value = BigInt(wire.int32());
        return true;
      default:
        return false;
    }
  });
  return value;
}

function list(wire: Wire, before: PythonValue): PythonValue[] {
  const values = Array.isArray(before) ? before : [];
  wire.message((tag) => {
    if (tag !== field(1)) return false;
    values.push(anyValue(wire, null));
    return true;
  });
  return values;
}

function map(wire: Wire, before: PythonValue): PythonDict {
  const pairs: SentAttributes = before instanceof Map ? [...before] : [];
  wire.message((tag) => tag === field(1) && keyValue(wire, pairs));
  return new Map(pairs);
}
