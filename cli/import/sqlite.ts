/** Reads MLflow's tables out of a SQLite file of any version from 2.0 on. */
import { dirname, resolve } from "node:path";
import type { Database as Sqlite, Statement } from "node-sqlite3-wasm";
import { Refusal } from "../../shared/tools/refusal.ts";
import { openSqliteFile, type SqliteFile, sqliteInWords } from "../sqlite-file.ts";
import { Archives, inDatabaseAgain } from "./archived-traces.ts";
import { few, isOnDisk, type LocalArtifacts, localArtifacts } from "./local-artifacts.ts";
import { aggregates, promoted } from "./older-traces.ts";
import type { Lines, Place, Rows, Source, SourceExperiment } from "./source.ts";
import { reading, readsOf } from "./sqlite-columns.ts";
import { isOfPoints, linesOfPoints, type PointTable } from "./sqlite-metrics.ts";
import { type Kind, mainTable, type Row, type TableName, tablesOf } from "./tables.ts";

/** Ids in one query: SQLite takes 32,766 parameters. */
const idsPerQuery = 500;

/**
 * @param folders where artifacts may lie, beside `mlruns` and `mlartifacts` next to the file
 * @throws Refusal for what is no database of MLflow's, or can't be read whole
 */
export async function openSqlite(file: string, folders: readonly string[]): Promise<Source> {
  const opened = await openSqliteFile(file);
  try {
    const beside = [dirname(resolve(file)), ...folders];
    return new SqliteSource(opened, file, await localArtifacts(beside, folders));
  } catch (error) {
    opened.close();
    throw sqliteInWords(file, error);
  }
}

class SqliteSource implements Source {
  readonly description: string;
  readonly reaches = isOnDisk;
  private readonly opened: SqliteFile;
  private readonly db: Sqlite;
  private readonly file: string;
  private readonly artifacts: LocalArtifacts;
  private readonly archives: Archives;
  private readonly columns: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(opened: SqliteFile, file: string, artifacts: LocalArtifacts) {
    const { db } = opened;
    this.opened = opened;
    this.db = db;
    this.file = file;
    this.artifacts = artifacts;
    this.archives = new Archives((text, values) => this.all(text, values), artifacts);
    this.columns = columnsIn(db);
    if (!this.columns.has("experiments") || !this.columns.has("runs"))
      throw new Refusal(`${file} has no tables of MLflow's.`);
    const [revision] = this.all<{ version_num: string }>("SELECT version_num FROM alembic_version");
    if (!this.columns.get("experiments")!.has("creation_time"))
      throw new Refusal(
        `${file} is of MLflow 1 (revision ${revision?.version_num}). Upgrade it: mlflow db upgrade sqlite:///${file}`,
      );
    this.description = `${file} (SQLite, revision ${revision?.version_num ?? "unknown"})`;
    const [elsewhere] = this.columns.get("experiments")!.has("workspace")
      ? this.all<{ n: number }>("SELECT count(*) AS n FROM experiments WHERE workspace <> 'default'")
      : [];
    if (elsewhere && elsewhere.n > 0)
      throw new Refusal(`${file} has ${elsewhere.n} experiments in other workspaces than the default one.`);
  }

  async experiments(): Promise<SourceExperiment[]> {
    return this.all("SELECT CAST(experiment_id AS TEXT) AS id, name FROM experiments ORDER BY experiment_id");
  }

  async ids(kind: Kind, experiment: string): Promise<string[]> {
    const [table, id] = mainTable[kind];
    if (!this.columns.has(table)) return [];
    const rows = this.all<{ id: string }>(`SELECT ${id} AS id FROM ${table} WHERE experiment_id = ? ORDER BY rowid`, [
      experiment,
    ]);
    return rows.map((row) => row.id);
  }

  async *rows(kind: Kind, _experiment: string, ids: readonly string[]): AsyncIterable<Rows> {
    const restored = kind === "traces" ? await this.archives.restorable(ids) : new Set<string>();
    for (const table of tablesOf(kind)) {
      const rows = this.rowsOf(table, ids);
      if (isOfPoints(table)) yield { table, rows, lines: this.pointsOf(table, ids) };
      else yield { table, rows: restored.size > 0 ? this.restoredRows(table, rows, restored) : rows };
    }
  }

  async countPoints(runs: readonly string[]): Promise<Map<string, number>> {
    const places = runs.map(() => "?").join(", ");
    const rows = this.all<{ run: string; count: number }>(
      `SELECT run_uuid AS run, count(*) AS count FROM metrics WHERE run_uuid IN (${places}) GROUP BY 1`,
      [...runs],
    );
    return new Map(rows.map(({ run, count }) => [run, count]));
  }

  async models(): Promise<string[]> {
    const rows = this.all<{ name: string }>("SELECT name FROM registered_models ORDER BY creation_time, name");
    return rows.map(({ name }) => name);
  }

  files(place: Place) {
    return this.artifacts.files(place);
  }

  async left(): Promise<string[]> {
    const tables = [...this.columns.keys()].filter((name) => !reading.has(name));
    const counted = tables.flatMap((name) => {
      const [{ n } = { n: 0 }] = this.all<{ n: number }>(`SELECT count(*) AS n FROM "${name}"`);
      return n > 0 ? [`${n} rows of the table ${name}, which this server does not use.`] : [];
    });
    return [...counted, ...few(this.archives.left()), ...this.artifacts.left()];
  }

  close(): void {
    this.opened.close();
  }

  private *rowsOf(table: TableName, ids: readonly string[]): Iterable<Row> {
    const has = this.columns.get(table);
    if (!has) return;
    const finish = finisherOf(table, has);
    for (let at = 0; at < ids.length; at += idsPerQuery) {
      const some = ids.slice(at, at + idsPerQuery);
      const { text, times } = readsOf(table, this.columns, some.length);
      const values = Array.from({ length: times }, () => some).flat();
      for (const row of this.iterate(text, values)) yield finish ? finish(row) : row;
    }
  }

  private restoredRows(table: TableName, rows: Iterable<Row>, restored: ReadonlySet<string>): Rows["rows"] {
    if (table === "spans") return this.archives.filled(rows, restored);
    if (table !== "trace_tags") return rows;
    return Array.from(rows).flatMap((row) => (restored.has(String(row.request_id)) ? inDatabaseAgain(row) : [row]));
  }

  private *pointsOf(table: PointTable, ids: readonly string[]): Iterable<Lines> {
    try {
      yield* linesOfPoints(this.db, table, ids);
    } catch (error) {
      throw sqliteInWords(this.file, error);
    }
  }

  private all<R extends object>(text: string, values: string[] = []): R[] {
    try {
      return this.db.all(text, values) as R[];
    } catch (error) {
      throw sqliteInWords(this.file, error);
    }
  }

  private *iterate(text: string, values: string[]): Iterable<Row> {
    let statement: Statement | undefined;
    try {
      statement = this.db.prepare(text);
      yield* statement.iterate(values) as Iterable<Row>;
    } catch (error) {
      throw sqliteInWords(this.file, error);
    } finally {
      statement?.finalize();
    }
  }
}

/** What older versions keep as JSON. */
function finisherOf(table: TableName, has: ReadonlySet<string>): ((row: Row) => Row) | undefined {
  if (table === "assessments" && !has.has("is_numeric_value")) return (row) => ({ ...row, ...aggregates(row.value) });
  if (table !== "trace_info" || has.has("trace_name")) return undefined;
  return (row) => {
    const { name, session, usage, cost, ...columns } = row;
    return { ...columns, ...promoted({ name, session, usage, cost }) };
  };
}

function columnsIn(db: Sqlite): Map<string, Set<string>> {
  const found = db.all(
    "SELECT m.name AS tab, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
  ) as { tab: string; col: string }[];
  const columns = new Map<string, Set<string>>();
  for (const { tab, col } of found) columns.set(tab, (columns.get(tab) ?? new Set()).add(col));
  return columns;
}
