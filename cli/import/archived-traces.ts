/** Traces whose spans stock has moved to an archive: they become rows again where the archive can be read. */
import { buffer } from "node:stream/consumers";
import { archiveLocationTag, spansLocationTag } from "../../shared/traces/keys.ts";
import { isOnDisk, type LocalArtifacts } from "./local-artifacts.ts";
import { noExperiment } from "./source.ts";
import type { Row } from "./tables.ts";

export const inDatabase = "TRACKING_STORE";
export const inArchive = "ARCHIVE_REPO";

const file = "traces.pb";

/** A tag of a trace whose spans are rows again. */
export function inDatabaseAgain(row: Row): Row[] {
  if (row.key === spansLocationTag) return [{ ...row, value: inDatabase }];
  return row.key === archiveLocationTag ? [] : [row];
}

/** Runs a query on SQLite. */
type Query = <R extends object>(text: string, values: string[]) => R[];

/** The archives of a SQLite file that lie on this disk. */
export class Archives {
  private readonly query: Query;
  private readonly artifacts: LocalArtifacts;
  /** Places of archives by trace; null where spans are missing there. */
  private readonly places = new Map<string, string | null>();
  private readonly unread = new Map<string, string>();

  constructor(query: Query, artifacts: LocalArtifacts) {
    this.query = query;
    this.artifacts = artifacts;
  }

  /** Which of these traces are archived, with all their spans at hand. The others of the archived ones are noted. */
  async restorable(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const archived = this.query<{ id: string; uri: string | null }>(
      `SELECT t.request_id AS id, a.value AS uri FROM trace_tags t
      LEFT JOIN trace_tags a ON a.request_id = t.request_id AND a.key = '${archiveLocationTag}'
      WHERE t.key = '${spansLocationTag}' AND t.value = '${inArchive}' AND t.request_id IN (${ids.map(() => "?").join(", ")})`,
      [...ids],
    );
    for (const { id, uri } of archived) if (!this.places.has(id)) await this.look(id, uri ?? "");
    return new Set(archived.flatMap(({ id }) => (this.places.get(id) === null ? [] : [id])));
  }

  /** Rows of spans, those of such traces with their contents. */
  async *filled(rows: Iterable<Row>, restored: ReadonlySet<string>): AsyncIterable<Row> {
    let current = { trace: "", contents: new Map<string, string>() };
    for (const row of rows) {
      const trace = String(row.trace_id);
      if (restored.has(trace) && current.trace !== trace)
        current = { trace, contents: await this.contents(trace, this.places.get(trace)!) };
      yield restored.has(trace) ? { ...row, content: current.contents.get(String(row.span_id)) } : row;
    }
  }

  /** Sentences on what can't be read. */
  left(): string[] {
    return Array.from(
      this.unread,
      ([id, uri]) => `The spans of the trace '${id}', which are archived in ${uri || "an unknown place"}.`,
    );
  }

  private async look(id: string, uri: string): Promise<void> {
    const contents = await this.contents(id, uri).catch(() => new Map<string, string>());
    const spans = this.query<{ span_id: string }>("SELECT span_id FROM spans WHERE trace_id = ?", [id]);
    const isWhole = spans.length > 0 && spans.every((span) => contents.has(span.span_id));
    this.places.set(id, isWhole ? uri : null);
    if (!isWhole) this.unread.set(id, uri);
  }

  /** By ids of spans. @throws OtlpRefusal for a file that is broken */
  private async contents(id: string, uri: string): Promise<Map<string, string>> {
    if (!isOnDisk(uri)) return new Map();
    for await (const found of await this.artifacts.files({ kind: "trace", id, experiment: noExperiment, uri })) {
      if (found.path !== file) continue;
      const { archivedSpans } = await import("../../shared/traces/reading/archive.ts");
      const spans = archivedSpans(await buffer(await found.open()));
      return new Map(spans.map(({ spanId, content }) => [spanId, content]));
    }
    return new Map();
  }
}
