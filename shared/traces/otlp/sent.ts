/** Spans as they were sent, whatever the form of the request. What MLflow does not store is left out. */
import type { PythonValue } from "../../mlflow/python-json.ts";

/** In the order of the request; a key may be there twice. */
export type SentAttributes = [key: string, value: PythonValue][];

export interface SentEvent {
  /** In nanoseconds. */
  time: bigint;
  name: string;
  attributes: SentAttributes;
}

export interface SentLink {
  /** Ids are in hex, as long as they were sent. */
  traceId: string;
  spanId: string;
  attributes: SentAttributes;
}

export interface SentSpan {
  traceId: string;
  spanId: string;
  /** Empty of a root. */
  parentSpanId: string;
  name: string;
  kind: number;
  start: bigint;
  end: bigint;
  attributes: SentAttributes;
  events: SentEvent[];
  links: SentLink[];
  /** 1 for OK, 2 for an error. */
  status: number;
  message: string;
}

/** Spans of one resource. */
export interface SentResource {
  attributes: SentAttributes;
  spans: SentSpan[];
}
