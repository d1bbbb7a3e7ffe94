/** Traces of a file store as rows. Their spans are a file of theirs, which the server reads. */
import { assessmentRow } from "../assessments.ts";
import { splitTrace } from "../older-traces.ts";
import type { Rows } from "../source.ts";
import { millis } from "../texts.ts";
import type { ExperimentFolder } from "./runs.ts";
import { fieldOf, type Meta, type Tree, textOf } from "./tree.ts";

export function* traceRows(
  tree: Tree,
  { id: experiment, path }: ExperimentFolder,
  ids: readonly string[],
): Iterable<Rows> {
  const at = (id: string, ...more: string[]) => [...path, "traces", id, ...more] as const;
  const read = ids.flatMap((id) => {
    const meta = tree.meta(...at(id, "trace_info.yaml"));
    if (!meta) return [];
    const pairs = (folder: string) => Object.fromEntries(tree.texts(...at(id, folder)));
    return [{ id, meta, ...splitTrace(pairs("tags"), pairs("request_metadata")) }];
  });
  const time = (meta: Meta) => millis(fieldOf(meta, "timestamp_ms", "request_time"));
  yield {
    table: "trace_info",
    rows: read.map(({ id, meta, columns }) => ({
      request_id: id,
      experiment_id: experiment,
      timestamp_ms: time(meta),
      execution_time_ms: fieldOf(meta, "execution_time_ms", "execution_duration_ms"),
      status: textOf(meta, "status", "state") ?? "OK",
      client_request_id: textOf(meta, "client_request_id"),
      request_preview: textOf(meta, "request_preview"),
      response_preview: textOf(meta, "response_preview"),
      ...columns,
    })),
  };
  const rows = (pick: "tags" | "metadata") =>
    read.flatMap((trace) => trace[pick].map(([key, value]) => ({ key, value, request_id: trace.id })));
  yield { table: "trace_tags", rows: rows("tags") };
  yield { table: "trace_request_metadata", rows: rows("metadata") };
  yield { table: "spans", rows: [] };
  yield {
    table: "assessments",
    rows: read.flatMap(({ id, meta }) =>
      tree.files(...at(id, "assessments")).flatMap((file) => {
        const assessment = tree.meta(...at(id, "assessments", file));
        const own = { experiment_id: experiment, trace_id: id, trace_timestamp_ms: time(meta) };
        return assessment ? assessmentRow(assessment, file.replace(/\.yaml$/, ""), own) : [];
      }),
    ),
  };
}
