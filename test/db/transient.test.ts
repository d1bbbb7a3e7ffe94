import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";
import { connectionError, outcomeOf } from "../../shared/platform/db/errors.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { anExperiment, unique } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const create = (name = unique("transient")) => app.post("/api/2.0/mlflow/experiments/create", { name });

const ofOthers = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
const ofTheApp = `${ofOthers} AND application_name = 'mlflow-functions'`;

describe("a state of the server that passes", () => {
  afterEach(() => app.db.query("DROP TRIGGER IF EXISTS refuse ON experiments"));

  // Raised by the server itself: 53100 when its disk is full, 25006 after a failover, and so on.
  it.each(["25006", "53100", "53200", "53400", "55P03", "57014"])(
    "is 429 for %s, and nothing is changed",
    async (state) => {
      await app.db.query(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${state}'; END $$`);
      await app.db.query("CREATE TRIGGER refuse BEFORE INSERT ON experiments FOR EACH ROW EXECUTE FUNCTION refuse()");
      const name = unique("refused");
      const answer = await create(name);
      expect(answer).toMatchObject({ status: 429, body: { error_code: "REQUEST_LIMIT_EXCEEDED" } });
      expect(answer.headers.get("retry-after")).toBeNull();
      await app.db.query("DROP TRIGGER refuse ON experiments");
      expect((await create(name)).status).toBe(200);
    },
  );

  it("is 429 on a read-only server, which is left for its successor", async () => {
    const name = new URL(app.databaseUri).pathname.slice(1);
    await anExperiment(app);
    await app.db.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await app.db.query(`SELECT pg_terminate_backend(pid) ${ofTheApp}`);
    expect((await create()).status).toBe(429);
    await app.db.query(`BEGIN READ WRITE; ALTER DATABASE ${name} RESET default_transaction_read_only; COMMIT`);
    expect((await create()).status).toBe(200);
  });

  it("is nothing to an instance whose idle connections were closed", async () => {
    await anExperiment(app);
    await app.db.query(`SELECT pg_terminate_backend(pid, 5000) ${ofTheApp}`);
    expect([200, 429]).toContain((await create()).status);
    expect((await create()).status).toBe(200);
  });
});

describe("a session that an administrator ends", () => {
  it("has changed nothing while its statement waited: 429", async () => {
    const holder = new pg.Client({ connectionString: app.databaseUri });
    await holder.connect();
    await holder.query("BEGIN; LOCK TABLE experiments IN ACCESS EXCLUSIVE MODE");
    const name = unique("ended");
    const creating = create(name);
    const waiting = `${ofTheApp} AND wait_event_type = 'Lock'`;
    while ((await app.db.query(`SELECT ${waiting}`)).rows.length === 0);
    await app.db.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
    expect((await creating).status).toBe(429);
    await holder.query("ROLLBACK");
    await holder.end();
    expect((await create(name)).status).toBe(200);
  });
});

describe("the outcome of a write", () => {
  const failed = (code: string, message = "") => Object.assign(new Error(message), { code });

  it("is known where the server refused the statement", () => {
    for (const state of ["53100", "25006", "57014", "55P03", "40001"]) {
      expect(outcomeOf(failed(state), false)).toBe("rolled back");
      expect(outcomeOf(failed(state), true)).toBe("rolled back");
    }
  });

  it("is unknown where the session ended after the statement, before its commit was confirmed", () => {
    expect(outcomeOf(failed("57P01"), false)).toBe("rolled back");
    expect(outcomeOf(failed("57P01"), true)).toBe("unknown");
  });

  it("is unknown where the connection was lost, also by a pooler", () => {
    expect(outcomeOf(failed("ECONNRESET"), false)).toBe("unknown");
    expect(outcomeOf(failed("EPIPE"), false)).toBe("unknown");
    expect(outcomeOf(new Error("Query read timeout"), false)).toBe("unknown");
    expect(outcomeOf(failed("08P01", "server conn crashed?"), false)).toBe("unknown");
    expect(outcomeOf(failed("08P01", "query_wait_timeout"), false)).toBe("rolled back");
  });

  it("makes the answer", () => {
    const lost = new Error("Connection terminated unexpectedly");
    expect(connectionError(lost, "unknown")).toMatchObject({ status: 503 });
    expect(connectionError(lost, "rolled back")).toMatchObject({ status: 429 });
    expect(connectionError(failed("57P03"), "not started")).toMatchObject({ status: 429 });
    const others = failed("42P01");
    expect(connectionError(others, "rolled back")).toBe(others);
  });
});

describe("requests for which there is no connection", () => {
  it("are 429 at once where as many wait as may", async () => {
    const settings = parseConfig({
      MLFLOW_BACKEND_STORE_URI: app.databaseUri,
      MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: "1",
      MLFLOW_FUNCTIONS_DATABASE_WAITING: "2",
    });
    const database = new Database(app.databaseUri, settings);
    const lent = await database.connect();
    let answered = 0;
    const waiting = [1, 2].map(() => database.connect().finally(() => answered++));
    const refused = await database.connect().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MlflowError);
    expect(refused).toMatchObject({ status: 429 });
    expect(answered).toBe(0);
    lent.release();
    for (const next of waiting) (await next).release();
    await database.end();
  });
});
