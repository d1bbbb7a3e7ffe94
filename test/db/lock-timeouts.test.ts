import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { times } from "../factories.ts";
import { aDatabase } from "../support/app.ts";
import { aPgBouncer } from "../support/pgbouncer.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const limits = { MLFLOW_FUNCTIONS_LOCK_TIMEOUT_SECONDS: "1", MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "60" };

/** A database with a row that somebody else has locked. */
async function aLockedRow() {
  const { uri, drop } = await aDatabase();
  endings.push(drop);
  const holder = new pg.Client({ connectionString: uri });
  await holder.connect();
  endings.push(() => holder.end());
  await holder.query("CREATE TABLE counter AS SELECT 0 AS n");
  await holder.query("BEGIN; SELECT FROM counter FOR UPDATE");
  return { uri, holder };
}

function open(uri: string): Database {
  const settings = parseConfig({ MLFLOW_BACKEND_STORE_URI: uri, MLFLOW_FUNCTIONS_DATABASE_WAITING: "500", ...limits });
  const database = new Database(uri, settings);
  endings.push(() => database.end());
  return database;
}

async function throughPgBouncer(uri: string, settings: string[] = []): Promise<string> {
  const pgbouncer = await aPgBouncer(uri, settings);
  endings.push(pgbouncer.stop);
  return pgbouncer.uri;
}

const increment = sql`UPDATE counter SET n = n + ${1}`;

/** Writes that meet their limit leave nobody waiting, and none of them comes late. */
async function expectNothingLate(database: Database, holder: pg.Client, count = 50): Promise<void> {
  const writes = await times(count, () => database.writing.query(increment).catch((error: unknown) => error));
  for (const failure of writes) {
    expect(failure).toBeInstanceOf(MlflowError);
    expect(failure).toMatchObject({ status: 429, headers: {} });
  }
  const { rows } = await holder.query(
    "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  );
  expect(rows).toEqual([]);
  await holder.query("COMMIT");
  await database.writing.query(increment);
  expect((await holder.query("SELECT n FROM counter")).rows).toEqual([{ n: 1 }]);
}

describe("writes that wait too long for a lock", () => {
  it("end in the server, on a direct connection", async () => {
    const { uri, holder } = await aLockedRow();
    const database = open(uri);
    expect(await database.isLimited()).toBe(true);
    await expectNothingLate(database, holder, 200);
  });

  it("end in the server, in a transaction", async () => {
    const { uri, holder } = await aLockedRow();
    const database = open(uri);
    const work = () => database.transaction((db) => db.query(increment)).catch((error: unknown) => error);
    for (const failure of await times(16, work)) expect(failure).toMatchObject({ status: 429 });
    await expectNothingLate(database, holder);
  });

  it("end in the server behind a PgBouncer that refuses startup parameters", async () => {
    const { uri, holder } = await aLockedRow();
    const database = open(await throughPgBouncer(uri));
    expect(await database.isLimited()).toBe(false);
    await expectNothingLate(database, holder);
  });

  it("end in the server behind a PgBouncer that ignores startup parameters", async () => {
    const { uri, holder } = await aLockedRow();
    const ignored = "statement_timeout, lock_timeout, idle_in_transaction_session_timeout";
    const database = open(await throughPgBouncer(uri, [`ignore_startup_parameters = ${ignored}`]));
    expect(await database.isLimited()).toBe(false);
    await expectNothingLate(database, holder);
  });

  it("end in the server behind a PgBouncer whose role has the limits", async () => {
    const { uri, holder } = await aLockedRow();
    const name = new URL(uri).pathname.slice(1);
    for (const setting of [
      "statement_timeout = 9000",
      "lock_timeout = 1000",
      "idle_in_transaction_session_timeout = 9000",
    ])
      await holder.query(`ALTER ROLE mlflow IN DATABASE ${name} SET ${setting}`);
    await holder.query("COMMIT; BEGIN; SELECT FROM counter FOR UPDATE");
    const database = open(await throughPgBouncer(uri));
    expect(await database.isLimited()).toBe(true);
    await expectNothingLate(database, holder);
  });
});
