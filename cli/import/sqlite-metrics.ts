/** Points of metrics as lines of COPY that SQLite itself writes: a run may have millions. */
import type { Database as Sqlite, Statement } from "node-sqlite3-wasm";
import { isPlain, lineOf } from "./copy.ts";
import type { Lines } from "./source.ts";
import { wholeText } from "./sqlite-columns.ts";
import { columnsOf, type Row, type TableName } from "./tables.ts";

export type PointTable = "metrics" | "latest_metrics";

export const isOfPoints = (table: TableName): table is PointTable => table === "metrics" || table === "latest_metrics";

/** Points of one text, which has about a megabyte. */
const pointsAtOnce = 10_000;

/** How a column is written, and what SQLite says of its type then; it may hold others. */
const formats: Record<string, [format: string, type: string]> = {
  key: ["%s", "text"],
  // Enough digits for any double.
  value: ["%!.17g", "real"],
  timestamp: ["%d", "integer"],
  run_uuid: ["%s", "text"],
  step: ["%d", "integer"],
  is_nan: ["%d", "integer"],
};

function statementsOf(db: Sqlite, table: PointTable) {
  const columns = columnsOf(table);
  const read = columns.map((name) => (name === "run_uuid" ? "?1 AS run_uuid" : name));
  const page = `FROM (SELECT rowid AS place, ${read.join(", ")} FROM ${table}
    WHERE run_uuid = ?1 AND rowid > ?2 ORDER BY rowid LIMIT ${pointsAtOnce})`;
  const types = columns.map((name) => `typeof(${name}) = '${formats[name]![1]}'`).join(" AND ");
  const line = `format('${columns.map((name) => formats[name]![0]).join("\t")}', ${columns.join(", ")})`;
  return {
    keys: db.prepare(`SELECT DISTINCT key, instr(key, char(0)) AS nul FROM ${table} WHERE run_uuid = ?`),
    written: db.prepare(`SELECT count(*) AS count, max(place) AS last, sum(${types}) AS usual,
      group_concat(${line}, '\n') AS text ${page}`),
    rows: db.prepare(
      `SELECT ${columns.map((name) => (name === "key" ? `${wholeText(name)} AS key` : name)).join(", ")} ${page}`,
    ),
  };
}

interface Page {
  count: number;
  last: number | bigint | null;
  usual: number | null;
  text: string;
}

/**
 * The lines of these runs.
 * @throws SQLite3Error for a file that is broken inside
 */
export function* linesOfPoints(db: Sqlite, table: PointTable, runs: readonly string[]): Iterable<Lines> {
  const statements = statementsOf(db, table);
  try {
    for (const run of runs) yield* linesOfRun(statements, columnsOf(table), run);
  } finally {
    for (const statement of Object.values(statements)) statement.finalize();
  }
}

function* linesOfRun(
  statements: Record<"keys" | "written" | "rows", Statement>,
  columns: readonly string[],
  run: string,
): Iterable<Lines> {
  const keys = statements.keys.all([run]) as { key: unknown; nul: number }[];
  const arePlain = isPlain(run) && keys.every(({ key, nul }) => typeof key === "string" && isPlain(key) && nul === 0);
  let from: number | bigint = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const { count, last, usual, text } = statements.written.get([run, from]) as unknown as Page;
    if (count === 0 || last === null) return;
    if (arePlain && usual === count) yield { text: `${text}\n`, count };
    else {
      const rows = statements.rows.all([run, from]) as Row[];
      yield { text: rows.map((row) => lineOf(columns, row)).join(""), count };
    }
    if (count < pointsAtOnce) return;
    from = last;
  }
}
