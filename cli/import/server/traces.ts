/** Traces of a tracking server as rows. */
import { assessmentRow } from "../assessments.ts";
import { splitTrace } from "../older-traces.ts";
import type { Rows } from "../source.ts";
import type { Row } from "../tables.ts";
import { millis } from "../texts.ts";
import type { Json, Server } from "./client.ts";
import { list, object, pairs, text, whole } from "./fields.ts";
import { spanRows } from "./spans.ts";

const spansLocation = "mlflow.trace.spansLocation";
const inDatabase = "TRACKING_STORE";

export const traceId = (trace: Json): string => String(trace.trace_id ?? trace.request_id);

const tagsOf = (trace: Json): Record<string, string> => Object.fromEntries(pairs(trace.tags));

/** Where the spans of a trace lie with its artifacts, they come as a file. */
export const hasSpansInDatabase = (trace: Json): boolean => tagsOf(trace)[spansLocation] === inDatabase;

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

export function* traceRows(server: Server, experiment: string, traces: readonly Json[]): Iterable<Rows> {
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
  yield { table: "trace_tags", rows: rows("tags") };
  yield { table: "trace_request_metadata", rows: rows("metadata") };
  yield { table: "spans", rows: allSpans(server, experiment, traces) };
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

async function* allSpans(server: Server, experiment: string, traces: readonly Json[]): AsyncIterable<Row> {
  for (const trace of traces.filter(hasSpansInDatabase))
    yield* spanRows(await spansText(server, traceId(trace)), traceId(trace), experiment);
}
