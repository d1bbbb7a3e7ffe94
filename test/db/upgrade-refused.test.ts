import type pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { migrate } from "../../shared/mlflow/schema/schema.ts";
import { planUpgrade, upgrade } from "../../shared/mlflow/schema/upgrade/upgrade.ts";
import { closeDatabases } from "./databases.ts";
import { aDatabaseOf, anOldDatabase, dumpOf, headOf, readRows, upgradedByStock } from "./old.ts";

afterEach(closeDatabases);

const settings = { defaultArtifactRoot: "mlflow-artifacts:/" };

/** What is refused by the command as by its dry run, and is left as it was. */
async function expectRefused(pool: pg.Pool, message: RegExp): Promise<void> {
  const before = await readRows(pool);
  await expect(migrate(pool, settings)).rejects.toMatchObject({ status: 503, message: expect.stringMatching(message) });
  expect(await readRows(pool)).toEqual(before);
}

async function plan(pool: pg.Pool) {
  const client = await pool.connect();
  return planUpgrade(client).finally(() => client.release());
}

describe("refused before anything is changed", () => {
  it.each([
    ["two heads", "INSERT INTO alembic_version VALUES ('3500859a5d39')", /2 revisions \(3500859a5d39, 97727af70f4d\)/],
    ["an unknown head", "UPDATE alembic_version SET version_num = 'ffffffffffff'", /ffffffffffff.*not known here/],
    [
      "a head older than 2.0",
      "UPDATE alembic_version SET version_num = 'cc1f77228345'",
      /cc1f77228345.*older than MLflow 2\.0/,
    ],
    [
      "a head that the tables have not reached",
      "UPDATE alembic_version SET version_num = 'acf3f17fdcc7'",
      /acf3f17fdcc7.*the table datasets is missing; .*params\.value is "character varying\(500\) NOT NULL" and not/,
    ],
    [
      "a head that the tables are beyond",
      "ALTER TABLE params ALTER COLUMN value TYPE varchar(8000)",
      /97727af70f4d.*params\.value.*changed by hand/,
    ],
    [
      "a key of another name",
      "ALTER TABLE experiments RENAME CONSTRAINT experiments_name_key TO names",
      /the constraint experiments_name_key of experiments is missing \(UNIQUE \(name\)\)/,
    ],
    [
      "the types of another kind of database",
      "ALTER TABLE runs ALTER start_time TYPE text, ALTER end_time TYPE text, ALTER name TYPE text, ALTER user_id TYPE text, ALTER deleted_time TYPE text, ALTER source_name TYPE text",
      /another kind of database \(MySQL, SQLite\)/,
    ],
    [
      "tables of users of an unknown revision",
      "CREATE TABLE users (id int); CREATE TABLE alembic_version_auth (version_num text); INSERT INTO alembic_version_auth VALUES ('ffffffffffff')",
      /tables of users are at revision ffffffffffff/,
    ],
    [
      "tables of users that have not reached their revision",
      "CREATE TABLE users (id int); CREATE TABLE alembic_version_auth (version_num text); INSERT INTO alembic_version_auth VALUES ('e5f6a7b8c9d0')",
      /tables of users are at revision e5f6a7b8c9d0.*role_permissions.*missing/,
    ],
  ])("%s", async (_, change, message) => {
    const { pool } = await anOldDatabase("2.0.1", change);
    await expectRefused(pool, message);
  });

  it("workspaces in use", async () => {
    const { pool } = await anOldDatabase(
      "3.16.1",
      "UPDATE experiments SET workspace = 'other' WHERE experiment_id = 1",
    );
    await expectRefused(pool, /experiments in workspaces other than 'default'/);
    await expect(plan(pool)).rejects.toThrow("experiments in workspaces");
  });

  it("a dump that ends before its keys", async () => {
    const { pool } = await aDatabaseOf(dumpOf("2.9.2").split(/ALTER TABLE ONLY \S+\n +ADD CONSTRAINT/)[0]!);
    await expectRefused(pool, /acf3f17fdcc7.*the constraint .* is missing.*and \d+ more.*restore a whole backup/);
    await expect(plan(pool)).rejects.toThrow("Nothing was changed");
  });

  it("a dump that ends before its rows", async () => {
    const { pool } = await aDatabaseOf(dumpOf("2.9.2").split("INSERT INTO")[0]!);
    await expectRefused(pool, /0 revisions/);
    expect(await plan(pool)).toBeUndefined();
  });
});

describe("a step that fails", () => {
  const broken = `UPDATE spans SET dimension_attributes = '{"mlflow.llm.model": "m", "other": 1}' WHERE span_id = 's003'`;
  const unbroken = `UPDATE spans SET dimension_attributes = '{"mlflow.llm.model": "m"}' WHERE span_id = 's003'`;

  it("is taken back alone, says why, and is taken when that is mended", async () => {
    const { pool } = await anOldDatabase("3.16.1", `UPDATE alembic_version SET version_num = version_num; ${broken}`);
    const before = await readRows(pool);
    await expect(upgrade(pool)).rejects.toThrow(
      /75868b020152.*taken back: The dimension_attributes of span s003 of trace tr-spans-0 .*"other": 1.*at revision b7e2c1a4d9f3/,
    );
    expect(await headOf(pool)).toBe("b7e2c1a4d9f3");
    const { alembic_version: _, ...left } = await readRows(pool);
    expect(left.spans).toEqual(before.spans);
    expect(left.trace_tags).toEqual(before.trace_tags);
    await pool.query(unbroken);
    expect((await upgrade(pool))[0]).toBe("75868b020152");
    expect(await readRows(pool)).toEqual(upgradedByStock("3.16.1"));
  });

  it.each([
    [
      "a trace that is missing",
      "DELETE FROM trace_info WHERE request_id = 'tr-spans-1'",
      /A row of spans belongs to the trace tr-spans-1/,
    ],
    [
      "categories that are no list",
      "UPDATE issues SET categories = '[1]' WHERE issue_id = 'iss-001'",
      /8b6ad64cb8f5.*issue iss-001/,
    ],
    [
      "a column that is there with another type",
      "ALTER TABLE trace_info ADD trace_name text",
      /after it, the column trace_info\.trace_name is "text"/,
    ],
  ])("for %s", async (_, change, message) => {
    const { pool } = await anOldDatabase("3.16.1", `SET session_replication_role = replica; ${change}`);
    await expect(upgrade(pool)).rejects.toThrow(message);
  });

  it("since its table is in use gives up and says so", async () => {
    const { pool, another } = await anOldDatabase("2.0.1");
    const server = await another().connect();
    await server.query("BEGIN; SELECT FROM experiments");
    await expect(upgrade(pool, undefined, 1)).rejects.toThrow(/lock timeout.*Another connection uses its tables/);
    await server.query("ROLLBACK");
    server.release();
    expect((await upgrade(pool)).at(-1)).toBe("f4a9b2c7d1e6");
  });
});

describe("an upgrade", () => {
  it("by two at once is one", async () => {
    const { pool, another } = await anOldDatabase("2.9.2");
    const reached = await Promise.all([upgrade(pool), upgrade(another())]);
    expect(reached.flat()).toHaveLength(47);
    expect(new Set(reached.flat()).size).toBe(47);
    expect(await readRows(pool)).toEqual(upgradedByStock("2.9.2"));
  });

  it("takes columns that were filled before by stock's own preparation", async () => {
    const { pool } = await anOldDatabase(
      "3.16.1",
      "ALTER TABLE trace_info ADD trace_name varchar(4096), ADD session_id varchar(250); UPDATE trace_info SET trace_name = 'stale'",
    );
    await upgrade(pool);
    expect(await readRows(pool)).toEqual(upgradedByStock("3.16.1"));
  });

  it("leaves what is not MLflow's, and ours", async () => {
    const { pool } = await anOldDatabase(
      "2.9.2",
      "CREATE TABLE mine (id int); INSERT INTO mine VALUES (1); CREATE INDEX mine_too ON runs (name); CREATE SCHEMA other",
    );
    await migrate(pool, settings);
    expect(await pool.query("SELECT id FROM mine").then(({ rows }) => rows)).toEqual([{ id: 1 }]);
    const { rows } = await pool.query(
      "SELECT indexname FROM pg_indexes WHERE indexname ~ '^(mine_too|mlfn_)' ORDER BY 1",
    );
    expect(rows.map(({ indexname }) => indexname)).toEqual([
      "mine_too",
      "mlfn_logged_models_experiment_creation",
      "mlfn_runs_experiment_start",
      "mlfn_trace_request_metadata_run",
      "mlfn_trace_tags_value",
    ]);
  });

  it("works in another schema than public", async () => {
    const moved = dumpOf("2.9.2").replaceAll("public.", "tracking.");
    const { pool, another } = await aDatabaseOf(`CREATE SCHEMA tracking; ${moved}`);
    await upgrade(another({ options: "-c search_path=tracking" }));
    const { rows } = await pool.query("SELECT version_num FROM tracking.alembic_version");
    expect(rows).toEqual([{ version_num: "f4a9b2c7d1e6" }]);
  });
});
