/** Traces of a tracking server as rows. */
import { Refusal } from "../../../shared/tools/refusal.ts";
import { spansLocationTag } from "../../../shared/traces/keys.ts";
import { inArchive, inDatabase, inDatabaseAgain } from "../archived-traces.ts";
import { assessmentRow } from "../assessments.ts";
import { splitTrace } from "../older-traces.ts";
import type { Rows } from "../source.ts";
import type { Row } from "../tables.ts";
import { millis } from "../texts.ts";
import { Answered, type Json, type Server } from "./client.ts";
import { list, object, pairs, text, whole } from "./fields.ts";
import { spanRows } from "./spans.ts";

export const traceId = (trace: Json): string => String(trace.trace_id ?? trace.request_id);

const tagsOf = (trace: Json): Record<string, string> => Object.fromEntries(pairs(trace.tags));

const isArchived = (trace: Json): boolean => tagsOf(trace)[spansLocationTag] === inArchive;

/** Where the spans of a trace lie with its artifacts, they come as a file. Archived ones become rows again. */
export const hasSpansAsRows = (trace: Json): boolean =>
  tagsOf(trace)[spansLocationTag] === inDatabase || isArchived(trace);

/** All spans of a trace, as its file has them. */
export async function spansText(server: Server, id: string): Promise<string> {
  const chunks: Buffer[] = [];
  const query = new URLSearchParams({ request_id: id });
  for await (const chunk of await server.content(`/ajax-api/2.0/mlflow/get-trace-artifact?${query}`))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** `1.5s` is how durations are written; older versions answer milliseconds. */
function duration(trace: Json): bigint | null {
  const [, seconds, digits = ""] = /^(\d+)(?:\.(\d+))?s$/.exec(String(trace.execution_duration ?? "")) ?? [];
  if (seconds !== undefined) return BigInt(seconds) * 1000n + BigInt(digits.padEnd(3, "0").slice(0, 3));
  return whole(trace.execution_time_ms) as bigint | null;
}

/**
 * @param unread takes the ids of archived traces whose spans the server can't read
 */
export async function* traceRows(
  server: Server,
  experiment: string,
  traces: readonly Json[],
  unread: Set<string>,
): AsyncIterable<Rows> {
  const restored = await restoredIn(server, experiment, traces, unread);
  const read = traces.map((trace) => ({
    id: traceId(trace),
    trace,
    time: millis((trace.request_time ?? whole(trace.timestamp_ms)) as string | bigint),
    ...splitTrace(tagsOf(trace), Object.fromEntries(pairs(trace.trace_metadata ?? trace.request_metadata))),
  }));
  yield {
    table: "trace_info",
    rows: read.map(({ id, trace, time, columns }) => ({
      request_id: id,
      experiment_id: experiment,
      timestamp_ms: time,
      execution_time_ms: duration(trace),
      status: text(trace.state ?? trace.status) ?? "OK",
      client_request_id: text(trace.client_request_id) || null,
      request_preview: text(trace.request_preview),
      response_preview: text(trace.response_preview),
      ...columns,
    })),
  };
  const rows = (pick: "tags" | "metadata") =>
    read.flatMap((one) => one[pick].map(([key, value]) => ({ key, value, request_id: one.id })));
  const tags = rows("tags").flatMap((row) => (restored.has(row.request_id) ? inDatabaseAgain(row) : [row]));
  yield { table: "trace_tags", rows: tags };
  yield { table: "trace_request_metadata", rows: rows("metadata") };
  yield { table: "spans", rows: allSpans(server, experiment, traces, restored) };
  yield {
    table: "assessments",
    rows: read.flatMap(({ id, trace, time }) =>
      list(trace.assessments).flatMap((one) =>
        assessmentRow({ ...one, metadata: object(one.metadata) }, "", {
          experiment_id: experiment,
          trace_id: id,
          trace_timestamp_ms: time,
        }),
      ),
    ),
  };
}

async function* allSpans(
  server: Server,
  experiment: string,
  traces: readonly Json[],
  restored: ReadonlySet<string>,
): AsyncIterable<Row> {
  for (const trace of traces) {
    const id = traceId(trace);
    if (isArchived(trace) ? restored.has(id) : hasSpansAsRows(trace))
      yield* spanRows(await spansText(server, id), id, experiment);
  }
}

/** The archived traces whose spans the server hands out. They are asked for again as rows, and not kept until then. */
async function restoredIn(server: Server, experiment: string, traces: readonly Json[], unread: Set<string>) {
  const restored = new Set<string>();
  for (const id of traces.filter(isArchived).map(traceId))
    if (await hasReadableSpans(server, id, experiment)) restored.add(id);
    else unread.add(id);
  return restored;
}

/** Of an archive that is gone a server answers no spans, and of one that is broken an error. */
async function hasReadableSpans(server: Server, id: string, experiment: string): Promise<boolean> {
  try {
    return spanRows(await spansText(server, id), id, experiment).length > 0;
  } catch (error) {
    if (error instanceof Answered ? error.status > 0 : error instanceof Refusal) return false;
    throw error;
  }
}
