/** What every source of an import answers: rows of the target's tables, and files. */
import type { Readable } from "node:stream";
import type { Kind, Row, TableName } from "./tables.ts";

/** Rows of one table. Lazy, since a run may have millions. */
export interface Rows {
  table: TableName;
  rows: Iterable<Row> | AsyncIterable<Row>;
  /** The same rows as COPY reads them, where the source makes them faster so: of no other runs than were asked for. */
  lines?: Iterable<Lines>;
}

/** Lines of COPY's text format, each ended by a newline, with the columns in the order of `columnsOf`. */
export interface Lines {
  text: string;
  count: number;
}

/** An experiment as the source has it. */
export interface SourceExperiment {
  id: string;
  name: string;
}

export interface SourceFile {
  /** Below the place, with slashes. */
  path: string;
  /** In bytes. */
  size: number;
  open(): Promise<Readable> | Readable;
}

/** A folder of artifacts of the source: of a run, a logged model, a trace or a model version. */
export interface Place {
  kind: "run" | "logged_model" | "trace" | "model_version";
  /** Of whom the folder is: the id of a run, logged model or trace, `name/version` of a model version. */
  id: string;
  experiment: string;
  /** As the source has it. */
  uri: string;
}

export interface Source {
  /** For people: what is read. */
  readonly description: string;
  /** In the order of their creation. */
  experiments(): Promise<SourceExperiment[]>;
  /** Ids of the things of a kind in an experiment, in the order of the source. */
  ids(kind: Kind, experiment: string): Promise<string[]>;
  /** All rows of these things, table by table in the order of `tablesOf`, the first one always. */
  rows(kind: Kind, experiment: string, ids: readonly string[]): AsyncIterable<Rows> | Iterable<Rows>;
  /** Numbers of points of metrics by run, of those that have some. Only of a source that can be read twice. */
  countPoints?(runs: readonly string[]): Promise<Map<string, number>>;
  /** Names of registered models, in the order of their creation. */
  models(): Promise<string[]>;
  /** Whether files at a URI can come along. Others stay where they are, and their URIs too. */
  reaches(uri: string): boolean;
  /**
   * The files of a place that it reaches.
   */
  files(place: Place): Promise<AsyncIterable<SourceFile>>;
  /** Sentences on what does not come along. */
  left(): Promise<string[]>;
  close(): void;
}

/** Experiments have names and ids; the rows of registered models belong to none. */
export const noExperiment = "";
