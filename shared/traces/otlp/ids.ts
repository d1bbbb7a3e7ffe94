/** Ids of traces and spans: bytes on the wire, numbers in MLflow, and so texts of a fixed length. */
import { notStorable } from "./refusal.ts";

const ofLength = (hex: string, digits: number): string =>
  hex.length === digits ? hex : hex.replace(/^0+/, "").padStart(digits, "0");

/** An id of a trace in 32 hex digits. Shorter ones are filled up, and longer ones keep all digits. */
export const traceHex = (sent: string) => ofLength(sent, 32);

/** The same of a span, in 16 digits. */
export const spanHex = (sent: string) => ofLength(sent, 16);

/** The id under which MLflow knows a trace. */
export const mlflowTraceId = (sent: string) => `tr-${traceHex(sent)}`;

/** An id as a span's content has it. */
export function base64Of(hex: string, digits: number): string {
  if (hex.length > digits) throw notStorable();
  return Buffer.from(hex, "hex").toString("base64");
}
