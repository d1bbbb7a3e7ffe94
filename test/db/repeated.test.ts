import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connections } from "../../shared/platform/db/connections.ts";
import { float8s, int8s } from "../../shared/platform/db/number-arrays.ts";
import { aDatabase } from "../support/app.ts";
import { oneConnection } from "./one-connection.ts";

let database: Awaited<ReturnType<typeof aDatabase>>;
let connections: Connections;
let other: pg.Client;

beforeAll(async () => {
  database = await aDatabase();
  other = new pg.Client({ connectionString: database.uri });
  await other.connect();
  connections = oneConnection(database.uri);
});
afterAll(async () => {
  await connections.end();
  await other.end();
  await database.drop();
});

/** Runs a statement on the one connection: `pg` does, the first and the second time, and the app after that. */
async function run(text: string, values: unknown[], milliseconds = 10_000) {
  const client = connections.atHand("read") ?? (await connections.connect("read"));
  try {
    return (await connections.run<Record<string, unknown>>(client, { text, values }, milliseconds)).rows;
  } finally {
    client.release();
  }
}

/** The answers of four times, which must be the same. */
async function again(text: string, values: unknown[]) {
  const answers = [];
  for (let time = 0; time < 4; time++) answers.push(await run(text, values));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  return answers[0]!;
}

describe("a statement that a connection has run before", () => {
  it("takes and answers values of every kind", async () => {
    const texts = ["", 'a "b" \\ {c},', "NULL", "ä € 😀", null];
    const [row] = await again(
      `SELECT $1::text AS text, $2::int AS int, $3::bigint AS bigint, $4::float8 AS double, $5::bool AS bool,
        $6::text[] AS texts, $7::int[] AS ints, $8::text AS nothing, $9::json AS json, $10::bytea AS bytes`,
      ["ä € 😀", 5, 2n ** 62n, Number.NaN, true, texts, [1, null, -3], undefined, '{"a":[1]}', Buffer.from([0, 255])],
    );
    expect(row).toEqual({
      text: "ä € 😀",
      int: 5,
      bigint: String(2n ** 62n),
      double: Number.NaN,
      bool: true,
      texts,
      ints: [1, null, -3],
      nothing: null,
      json: { a: [1] },
      bytes: Buffer.from([0, 255]),
    });
  });

  it("takes arrays of numbers in their binary form, beside texts and nothing", async () => {
    const doubles = [0.1, -0, Number.NaN, Number.MAX_VALUE, Number.NEGATIVE_INFINITY, 5e-324, 1e22, -1.5];
    const whole = [0, -1, 5, 2 ** 31, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const large = [2n ** 63n - 1n, -(2n ** 63n), -1n, 0n, 2n ** 53n, -5n, 9n];
    const few = [1, -2n];
    const [row] = await again(
      `SELECT $1::text AS text, $2::float8[]::text AS doubles, $3::int8[]::text AS whole, $4::text AS nothing,
        $5::int8[]::text AS mixed, $6::int8[]::text AS few, $7::float8[]::text AS none`,
      ["ä", float8s(doubles), int8s(whole), null, int8s([...large, 7]), int8s(few), float8s([])],
    );
    expect(row).toEqual({
      text: "ä",
      doubles: "{0.1,-0,NaN,1.7976931348623157e+308,-Infinity,5e-324,1e+22,-1.5}",
      whole: `{${whole}}`,
      nothing: null,
      mixed: `{${[...large, 7]}}`,
      few: `{${few}}`,
      none: "{}",
    });
    // What npm run sql prints is the same value.
    const texts = "SELECT $1::float8[] = $2::float8[] AS doubles, $3::int8[] = $4::int8[] AS whole";
    const same = [float8s(doubles), String(float8s(doubles)), int8s(whole), String(int8s(whole))];
    expect(await again(texts, same)).toEqual([{ doubles: true, whole: true }]);
  });

  it("answers many rows and large ones, and none", async () => {
    const rows = await again("SELECT n, repeat('x', 100000) AS x FROM generate_series(1, $1::int) n", [20]);
    expect(rows).toHaveLength(20);
    expect(rows.at(-1)).toEqual({ n: 20, x: "x".repeat(100_000) });
    expect(await again("SELECT n FROM generate_series(1, $1::int) n WHERE false", [20])).toEqual([]);
    await other.query("CREATE TABLE written (n int)");
    expect(await again("INSERT INTO written VALUES ($1)", [1])).toEqual([]);
    expect((await other.query("SELECT n FROM written")).rows).toHaveLength(4);
  });

  it("tells its errors, and where they come from", async () => {
    const text = "SELECT 10 / $1::int AS tenth";
    await again(text, [5]);
    const failed = await run(text, [0]).catch((error: Error) => error);
    expect(failed).toMatchObject({ code: "22012", message: "division by zero" });
    expect((failed as Error).stack).toContain("repeated.ts");
    await expect(run(text, ["a text"])).rejects.toMatchObject({ code: "22P02" });
    expect(await run(text, [2])).toEqual([{ tenth: 5 }]);
  });

  it("is refused where its columns have changed, as pg's is", async () => {
    await other.query("CREATE TABLE changing (n int)");
    const text = "SELECT * FROM changing WHERE $1::int IS NOT NULL";
    await again(text, [1]);
    await other.query("ALTER TABLE changing ADD more text");
    await expect(run(text, [1])).rejects.toMatchObject({ code: "0A000" });
    expect(await run("SELECT $1::int AS n", [1])).toEqual([{ n: 1 }]);
  });

  it("gives its connection up where it takes too long", async () => {
    const text = "SELECT pg_backend_pid() AS pid, pg_sleep($1)::text AS slept";
    const [before] = await again("SELECT pg_backend_pid() AS pid, $1::int AS n", [1]);
    for (let time = 0; time < 3; time++) await run(text, [0]);
    await expect(run(text, [20], 1000)).rejects.toThrow("Query read timeout");
    const [after] = await run("SELECT pg_backend_pid() AS pid, $1::int AS n", [1]);
    expect(after!.pid).not.toBe(before!.pid);
  });

  it("is told that its connection was ended", async () => {
    const text = "SELECT pg_sleep($1)::text AS ended";
    for (let time = 0; time < 3; time++) await run(text, [0]);
    const sleeping = run(text, [20]).catch((error: Error) => error);
    const ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1 AND state = 'active'";
    await expect.poll(async () => (await other.query(ended, [text])).rowCount, { timeout: 30_000 }).toBe(1);
    expect(await sleeping).toMatchObject({ code: "57P01" });
    expect(await run("SELECT $1::int AS n", [1])).toEqual([{ n: 1 }]);
  });
});

describe("a connection that was given back", () => {
  it("is lent again at once, and goes back to the pool where nobody wants it", async () => {
    const pid = async () => (await run("SELECT pg_backend_pid() AS pid, $1::int AS n", [1]))[0]!.pid;
    const first = await pid();
    expect(connections.use()).toEqual({ used: 0, idle: 1, waiting: 0 });
    const client = connections.atHand("read");
    expect(client).toBeDefined();
    expect(connections.use()).toEqual({ used: 1, idle: 0, waiting: 0 });
    expect(connections.atHand("read")).toBeUndefined();
    client!.release();
    expect(() => client!.release()).toThrow("given back twice");
    const atHand = () => {
      const again = connections.atHand("read");
      again?.release();
      return again;
    };
    await expect.poll(atHand, { timeout: 30_000, interval: 300 }).toBeUndefined();
    expect(await pid()).toBe(first);
  });

  it("is not lent where it ended meanwhile", async () => {
    const [row] = await run("SELECT pg_backend_pid() AS pid, $1::int AS n", [1]);
    await other.query("SELECT pg_terminate_backend($1, 5000)", [row!.pid]);
    const pid = async () => (await run("SELECT pg_backend_pid() AS pid, $1::int AS n", [1]).catch(() => [row]))[0]!.pid;
    await expect.poll(pid, { timeout: 30_000 }).not.toBe(row!.pid);
  });
});
