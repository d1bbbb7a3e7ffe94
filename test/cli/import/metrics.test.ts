/** Points of metrics come from SQLite as they are, whatever their numbers and keys. */
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import pg from "pg";
import { afterEach, expect, it, vi } from "vitest";
import { aTarget, type Target, unpacked } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Point = [
  key: string,
  value: number | string,
  timestamp: number | bigint,
  step: number | bigint | null,
  isNan?: 0 | 1,
];

/** A database with one experiment more, whose runs have these points. */
async function withPoints(
  runs: Record<string, Iterable<Point>>,
  before = "",
): Promise<{ target: Target; file: string }> {
  const { folder, remove } = await unpacked("sqlite-3.17.2");
  closing.push(remove);
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.exec(
    `${before}; BEGIN; INSERT INTO experiments (experiment_id, name, lifecycle_stage, workspace) VALUES (77, 'points', 'active', 'default')`,
  );
  const insert = db.prepare(
    "INSERT INTO metrics (run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const [run, points] of Object.entries(runs)) {
    db.run(
      "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, experiment_id) VALUES (?, 'r', 'FINISHED', 'active', 77)",
      run,
    );
    for (const [key, value, timestamp, step, isNan] of points)
      insert.run([run, key, value, timestamp, step, isNan ?? 0]);
  }
  insert.finalize();
  db.exec("COMMIT");
  db.close();
  const target = await aTarget(folder);
  closing.push(target.close);
  return { target, file: "mlflow.db" };
}

interface Stored {
  key: string;
  value: number;
  timestamp: string;
  step: string;
  is_nan: boolean;
}

async function stored(target: Target, run: string): Promise<Stored[]> {
  const client = new pg.Client({ connectionString: target.app.databaseUri });
  await client.connect();
  const text =
    "SELECT key, value, timestamp::text, step::text, is_nan FROM metrics m WHERE run_uuid = $1 ORDER BY m.timestamp";
  const { rows } = await client.query<Stored>(text, [run]).finally(() => client.end());
  return rows;
}

/** Doubles of all sizes: by their bits, so that each has other digits. */
function* doubles(count: number): Iterable<number> {
  const view = new DataView(new ArrayBuffer(8));
  for (let state = 1n, made = 0; made < count; ) {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    view.setBigUint64(0, state);
    const value = view.getFloat64(0);
    if (!Number.isFinite(value)) continue;
    made++;
    yield value;
  }
}

const numbers = [
  ...[0, 1, -1, 0.1, 1 / 3, 4.35, 1e22, 1e23, 1e-7, 123456789012345680000, 2 ** 53 + 2, -(2 ** 63)],
  ...[5e-324, -5e-324, 2.225073858507201e-308, 2.2250738585072014e-308, Number.MAX_VALUE, -Number.MAX_VALUE],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

it("each number comes with all its bits, more than a page of them, and -0 as the 0 that SQLite keeps", async () => {
  const values = [...numbers, ...doubles(21_000)];
  const points = values.map((value, at): Point => ["m", value, at, BigInt(at) - 2n ** 62n]);
  const more: Point[] = [
    ["zero", -0, 1n, 2n ** 63n - 1n],
    ["nan", 0, 2, -1, 1],
  ];
  const { target, file } = await withPoints({ numbers: points, more });
  expect(await target.run(file)).toMatchObject({ code: 0 });
  const found = await stored(target, "numbers");
  expect(found.map(({ value }) => value)).toEqual(values);
  expect(found.map(({ step }) => BigInt(step) + 2n ** 62n)).toEqual(values.map((_, at) => BigInt(at)));
  expect(await stored(target, "more")).toEqual([
    { key: "zero", value: 0, timestamp: "1", step: "9223372036854775807", is_nan: false },
    { key: "nan", value: 0, timestamp: "2", step: "-1", is_nan: true },
  ]);
  const again = await target.run(file);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toMatch(/^Imported 0 runs; \d+ were there with the same content\.$/m);
});

it("each key comes as it is", async () => {
  const keys = [
    "\t",
    "a\tb",
    "line\nbreak",
    "\r\n",
    "\\N",
    "\\.",
    "back\\slash\\",
    "\b\f\v",
    "übung/日本 👩‍🔬",
    " ",
    "'\"%s%d",
    "\u007f",
  ];
  const points = keys.map((key, at): Point => [key, at / 7, at, at]);
  const { target, file } = await withPoints({ odd: points, plain: [["loss", 0.5, 1, 1]] });
  expect(await target.run(file)).toMatchObject({ code: 0 });
  expect((await stored(target, "odd")).map(({ key, value }) => [key, value])).toEqual(
    keys.map((key, at) => [key, at / 7]),
  );
  expect(await stored(target, "plain")).toHaveLength(1);
});

/** The table without the constraints that SQLite would hold a point to. */
const loose = `ALTER TABLE metrics RENAME TO held; CREATE TABLE metrics (key, value FLOAT, timestamp, run_uuid, step, is_nan);
  INSERT INTO metrics SELECT key, value, timestamp, run_uuid, step, is_nan FROM held; DROP TABLE held`;

it.each<[string, Point]>([
  ["no step", ["m", 0.5, 1, null]],
  ["a text in place of a number", ["m", "1\t1\tother\t1\t0\nm", 1, 1]],
])("a point with %s undoes its experiment", async (_, point) => {
  const { target, file } = await withPoints({ good: [["m", 1, 1, 1]], odd: [["m", 1, 1, 1], point] }, loose);
  const { code, stdout } = await target.run(file);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^- A row of metrics can't be stored: .*$/m);
  expect(stdout).toMatch(/^Imported 5 runs\.$/m);
  expect(await stored(target, "good")).toEqual([]);
});
