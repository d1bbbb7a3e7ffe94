import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connections } from "../../shared/platform/db/connections.ts";
import { StatementNames } from "../../shared/platform/db/statement-names.ts";
import { aDatabase } from "../support/app.ts";
import { oneConnection } from "./one-connection.ts";

describe("names of statements", () => {
  it("come from the text, from the second time on", () => {
    const [one, other] = [new StatementNames(true), new StatementNames(true)];
    expect(one.of("SELECT 1")).toBeUndefined();
    other.of("SELECT 2");
    other.of("SELECT 2");
    other.of("SELECT 1");
    expect(one.of("SELECT 1")).toMatch(/^mlfn_[\w-]{22}$/);
    expect(other.of("SELECT 1")).toBe(one.of("SELECT 1"));
    expect(other.of("SELECT 2")).not.toBe(one.of("SELECT 1"));
  });

  it("are kept for what is used, whatever comes once", () => {
    const names = new StatementNames(true);
    names.of("SELECT 1");
    for (let junk = 0; junk < 2000; junk++) {
      expect(names.of(`SELECT ${junk} AS junk`)).toBeUndefined();
      if (junk % 100 === 0) expect(names.of("SELECT 1")).toBeDefined();
    }
  });

  it("are not given to long texts, nor behind a pooler", () => {
    const names = new StatementNames(true);
    const long = `SELECT ${"1 + ".repeat(5000)} 1`;
    for (let time = 0; time < 3; time++) expect(names.of(long)).toBeUndefined();
    const none = new StatementNames(false);
    for (let time = 0; time < 3; time++) expect(none.of("SELECT 1")).toBeUndefined();
  });
});

describe("a connection", () => {
  let database: Awaited<ReturnType<typeof aDatabase>>;
  let connections: Connections;
  beforeAll(async () => {
    database = await aDatabase();
    connections = oneConnection(database.uri);
  });
  afterAll(async () => {
    await connections.end();
    await database.drop();
  });

  /** Runs a statement on the one connection; `prepared` are those that the server keeps for it then. */
  async function run(text: string): Promise<{ prepared: number; pid: number }> {
    const client = await connections.connect("read");
    try {
      await connections.run(client, { text, values: [1] }, 10_000);
      const { rows } = await client.query(
        "SELECT count(*)::int AS prepared, pg_backend_pid() AS pid FROM pg_prepared_statements",
      );
      return rows[0];
    } finally {
      client.release();
    }
  }

  it("prepares what comes again, and is replaced before the server keeps too much for it", async () => {
    await run("SELECT $1::int");
    expect(await run("SELECT $1::int")).toMatchObject({ prepared: 1 });
    const pids = new Set<number>();
    let most = 0;
    for (let text = 0; text < 640; text++) {
      await run(`SELECT $1::int + ${text}`);
      const { prepared, pid } = await run(`SELECT $1::int + ${text}`);
      most = Math.max(most, prepared);
      pids.add(pid);
    }
    expect(most).toBeGreaterThan(300);
    expect(most).toBeLessThanOrEqual(601);
    expect(pids.size).toBeGreaterThan(1);
  });
});
