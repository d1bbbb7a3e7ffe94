/** Points of metrics as lines of COPY that SQLite itself writes: a run may have millions. */
import type { Database as Sqlite, Statement } from "node-sqlite3-wasm";
import { isPlain, lineOf } from "./copy.ts";
import type { Lines } from "./source.ts";
import { columnsOf, type Row } from "./tables.ts";

/** Points of one text, which has about a megabyte. */
const pointsAtOnce = 10_000;

const page = `FROM (SELECT rowid AS place, key, value, timestamp, run_uuid, step, is_nan FROM metrics
  WHERE run_uuid = ? AND rowid > ? ORDER BY rowid LIMIT ${pointsAtOnce})`;

// 17 digits are enough for any double. SQLite may hold other types than those of the columns.
const written = `SELECT count(*) AS count, max(place) AS last,
  sum(typeof(value) = 'real' AND typeof(timestamp) = 'integer' AND typeof(step) = 'integer' AND typeof(is_nan) = 'integer') AS usual,
  group_concat(format('%s\t%!.17g\t%d\t%s\t%d\t%d', key, value, timestamp, run_uuid, step, is_nan), '\n') AS text ${page}`;

const asRows = `SELECT * ${page}`;

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
export function* linesOfMetrics(db: Sqlite, runs: readonly string[]): Iterable<Lines> {
  const statements = {
    keys: db.prepare("SELECT DISTINCT key FROM metrics WHERE run_uuid = ?"),
    written: db.prepare(written),
    rows: db.prepare(asRows),
  };
  try {
    for (const run of runs) yield* linesOfRun(statements, run);
  } finally {
    for (const statement of Object.values(statements)) statement.finalize();
  }
}

function* linesOfRun(statements: Record<"keys" | "written" | "rows", Statement>, run: string): Iterable<Lines> {
  const keys = statements.keys.all([run]) as { key: unknown }[];
  const arePlain = [run, ...keys.map(({ key }) => key)].every((text) => typeof text === "string" && isPlain(text));
  let from: number | bigint = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const { count, last, usual, text } = statements.written.get([run, from]) as unknown as Page;
    if (count === 0 || last === null) return;
    if (arePlain && usual === count) yield { text: `${text}\n`, count };
    else {
      const rows = statements.rows.all([run, from]) as Row[];
      yield { text: rows.map((row) => lineOf(columnsOf("metrics"), row)).join(""), count };
    }
    if (count < pointsAtOnce) return;
    from = last;
  }
}
