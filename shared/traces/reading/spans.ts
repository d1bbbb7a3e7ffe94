/** The spans of a trace, wherever they lie. */
import { setTimeout } from "node:timers/promises";
import { MlflowError } from "../../platform/errors.ts";
import type { Context } from "../../platform/http/route.ts";
import { causeOf } from "../../platform/once-a-minute.ts";
import { traceErrors } from "../errors.ts";
import { mostSpanBytes } from "../rules.ts";
import { type Room, readArchive, readSpans } from "./file.ts";
import { storedSpanText } from "./span-text.ts";
import { inArchive, inDatabase, readTrace, readTraces, type StoredTrace } from "./store.ts";

type Asked = Pick<Context, "db" | "blobs" | "config" | "caller">;
type Reading = Asked & { room: Room };

/** Stock waits one and then two seconds. The wait is paid for here, and few spans come so late. */
const wait = 1_000;

/**
 * `{"trace": {...}}` with the spans in OTLP's JSON.
 * @param partial whether spans may be missing that are still on their way
 * @throws RESOURCE_DOES_NOT_EXIST for an unknown trace, and for one whose spans are not all there
 */
export async function getTrace(asked: Asked, id: string, partial: boolean): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const trace = await readTrace(asked.db, id);
    if (!trace) throw traceErrors.absent(id);
    const spans = await spansOf(asked, trace, partial);
    if (spans) return `{"trace":${traceText(trace, spans)}}`;
    if (attempt === 2) throw traceErrors.incomplete(id);
    await setTimeout(wait);
  }
}

/**
 * `{"traces": [...]}` of those whose spans are all there. One whose file can't be read is left out, and in the log.
 * @throws INVALID_PARAMETER_VALUE for more than an answer holds
 */
export async function getTraces(
  asked: Asked,
  ids: readonly string[],
  experimentIds: readonly string[] | undefined,
): Promise<string> {
  const traces = await readTraces(asked.db, ids, experimentIds);
  const reading = { ...asked, room: { left: mostSpanBytes } };
  const texts = await Promise.all(traces.map((trace) => textOrNone(reading, trace)));
  const complete = texts.filter((text) => text !== undefined);
  return complete.length === 0 ? "{}" : `{"traces":[${complete.join()}]}`;
}

async function textOrNone(asked: Reading, trace: StoredTrace): Promise<string | undefined> {
  try {
    const spans = await spansOf(asked, trace, false);
    return spans && traceText(trace, spans);
  } catch (error) {
    // While storage is away, a batch without these traces would be taken for a whole one.
    if (error instanceof MlflowError && error.status === 429) throw error;
    if (asked.room.left < 0) throw error;
    asked.caller.warn(`The spans of trace ${trace.id} can't be read: ${causeOf(error)}`);
    return undefined;
  }
}

/** The JSON texts of the spans; undefined where they are not all there and have to be. */
async function spansOf(asked: Asked | Reading, trace: StoredTrace, partial: boolean): Promise<string[] | undefined> {
  if (trace.location === inDatabase) {
    if (!partial && (trace.spans.length === 0 || trace.spans.length < trace.expected)) return undefined;
    return trace.spans.map(storedSpanText);
  }
  if (trace.location === inArchive) return (await readArchive(asked, trace)).map(storedSpanText);
  return (await readSpans(asked, trace)) ?? (partial ? [] : undefined);
}

const traceText = ({ info }: StoredTrace, spans: readonly string[]) =>
  spans.length === 0 ? `{"trace_info":${info}}` : `{"trace_info":${info},"spans":[${spans.join()}]}`;
