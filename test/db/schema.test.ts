import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureSchema } from "../../shared/mlflow/schema/schema.ts";
import type { Catalogue } from "../support/catalogue.ts";
import { anEmptyDatabase, closeDatabases } from "./databases.ts";
import { aDatabase, aStockDatabase, catalogueOf, catalogues, ownOf, settings } from "./schemas.ts";

let stock: Catalogue;
beforeAll(async () => {
  ({ stock } = await catalogues());
});
afterEach(closeDatabases);

describe("an empty database", () => {
  it("gets stock's schema and rows", async () => {
    const pool = await aDatabase();
    const created = await catalogueOf(pool);
    expect(Object.keys(created.tables)).toHaveLength(83);
    expect(created).toEqual(stock);
  });

  it("gets what is ours at once", async () => {
    const pool = await aDatabase();
    expect(await ownOf(pool)).toEqual({
      indexes: [
        "mlfn_logged_models_experiment_creation",
        "mlfn_runs_experiment_start",
        "mlfn_trace_request_metadata_run",
        "mlfn_trace_tags_value",
      ],
      tables: ["migrations", "principal_permissions", "principal_roles", "principals", "tokens"],
    });
  });

  it("is made once by many processes at the same time", async () => {
    const { pool, another } = await anEmptyDatabase();
    await Promise.all(Array.from({ length: 8 }, () => ensureSchema(another(), settings)));
    expect(await catalogueOf(pool)).toEqual(stock);
  });

  it("may be a schema of a database in use, named by the search_path", async () => {
    const { pool, another } = await anEmptyDatabase();
    await pool.query("CREATE SCHEMA tracking; CREATE TABLE public.other (id int)");
    await ensureSchema(another({ options: "-c search_path=tracking" }), settings);
    const { rows } = await pool.query("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'tracking'");
    expect(rows).toEqual([{ tables: 83 }]);
  });

  it("keeps nothing of a creation that fails", async () => {
    const { pool } = await anEmptyDatabase();
    await pool.query("CREATE SCHEMA mlflow_functions; CREATE VIEW mlflow_functions.migrations AS SELECT 1 AS number");
    await expect(ensureSchema(pool, settings)).rejects.toThrow('column "name" does not exist');
    expect((await catalogueOf(pool)).tables).toEqual({});
  });

  it("is refused if nothing may be created in it", async () => {
    const { pool, another } = await anEmptyDatabase();
    const readOnly = another({ options: "-c default_transaction_read_only=on" });
    await expect(ensureSchema(readOnly, settings)).rejects.toThrow(/its tables can't be created: cannot execute/);
    expect((await catalogueOf(pool)).tables).toEqual({});
  });

  it("gets experiment 0 under the default root", async () => {
    const { pool } = await anEmptyDatabase();
    await ensureSchema(pool, { defaultArtifactRoot: "wasbs://c@a.blob.core.windows.net/root?x=1" });
    const { rows } = await pool.query("SELECT artifact_location FROM experiments");
    expect(rows).toEqual([{ artifact_location: "wasbs://c@a.blob.core.windows.net/root/0?x=1" }]);
  });

  it("numbers its experiments from 1", async () => {
    const pool = await aDatabase();
    const { rows } = await pool.query("INSERT INTO experiments (name) VALUES ('first') RETURNING experiment_id");
    expect(rows).toEqual([{ experiment_id: 1 }]);
  });

  it("keeps the id and the name of a secret", async () => {
    const pool = await aDatabase();
    await pool.query(`INSERT INTO secrets (secret_id, secret_name, encrypted_value, wrapped_dek, kek_version,
      masked_value, created_at, last_updated_at) VALUES ('s', 'key', '', '', 1, '*', 0, 0)`);
    await pool.query("UPDATE secrets SET masked_value = '**'");
    await expect(pool.query("UPDATE secrets SET secret_name = 'other'")).rejects.toThrow("can't change");
  });
});

describe("a database with a schema", () => {
  it.each(["f4a9b2c7d1e6", "dc11669786a5"])("is taken as it is at %s", async (revision) => {
    const pool = await aStockDatabase();
    await pool.query("UPDATE alembic_version SET version_num = $1", [revision]);
    await ensureSchema(pool, settings);
    expect(await ownOf(pool)).toEqual({ indexes: [], tables: [] });
  });

  it("is looked at in one statement", async () => {
    const pool = await aDatabase();
    const client = await pool.connect();
    client.release();
    const statements: unknown[] = [];
    const query = client.query.bind(client);
    client.query = ((...parameters: Parameters<typeof query>) => {
      statements.push(parameters[0]);
      return query(...parameters);
    }) as typeof client.query;
    await ensureSchema(pool, settings);
    expect(statements).toHaveLength(1);
  });

  it("is refused at an older revision", async () => {
    const pool = await aStockDatabase();
    await pool.query("UPDATE alembic_version SET version_num = '75868b020152'");
    await expect(ensureSchema(pool, settings)).rejects.toMatchObject({
      status: 503,
      code: "TEMPORARILY_UNAVAILABLE",
      message: expect.stringMatching(/75868b020152.*f4a9b2c7d1e6.*dc11669786a5.*npm run migrate/s),
    });
  });

  it("is refused at an older revision that lacks tables and columns", async () => {
    const { pool } = await anEmptyDatabase();
    await pool.query(`CREATE TABLE experiments (experiment_id int); CREATE TABLE alembic_version (version_num text);
      INSERT INTO alembic_version VALUES ('0a8213491aaa')`);
    await expect(ensureSchema(pool, settings)).rejects.toThrow(
      /0a8213491aaa.*older than MLflow 2.0.*mlflow db upgrade/s,
    );
  });

  it("is refused at an unknown revision", async () => {
    const pool = await aStockDatabase();
    await pool.query("UPDATE alembic_version SET version_num = 'ffffffffffff'");
    await expect(ensureSchema(pool, settings)).rejects.toThrow(/ffffffffffff.*newer version of mlflow-functions/s);
  });

  it("is refused without alembic_version, and left as it is", async () => {
    const { pool } = await anEmptyDatabase();
    await pool.query("CREATE TABLE customers (id int)");
    await expect(ensureSchema(pool, settings)).rejects.toThrow("no alembic_version");
    expect(Object.keys((await catalogueOf(pool)).tables)).toEqual(["customers"]);
  });

  it.each([
    [
      "two revisions",
      "INSERT INTO alembic_version VALUES ('dc11669786a5')",
      "2 revisions (dc11669786a5, f4a9b2c7d1e6)",
    ],
    ["no revision", "DELETE FROM alembic_version", "0 revisions (none)"],
    ["a missing table", "DROP TABLE webhooks CASCADE", "lacks tables or columns"],
  ])("is refused with %s", async (_, change, message) => {
    const pool = await aStockDatabase();
    await pool.query(change);
    await expect(ensureSchema(pool, settings)).rejects.toThrow(message);
  });

  it.each([
    ["experiments", "INSERT INTO experiments (name, workspace) VALUES ('e', 'other')"],
    ["registered models", "INSERT INTO registered_models (name, workspace) VALUES ('m', 'other')"],
    ["webhooks", "INSERT INTO webhooks (webhook_id, name, url, workspace) VALUES ('w', 'w', 'https://w', 'other')"],
  ])("is refused with %s in another workspace", async (entities, insert) => {
    const pool = await aStockDatabase();
    await pool.query(insert);
    const refused = { status: 503, message: expect.stringContaining(`${entities} in workspaces other than 'default'`) };
    await expect(ensureSchema(pool, settings)).rejects.toMatchObject(refused);
  });

  it("can be tried again after what was wrong is put right", async () => {
    const pool = await aStockDatabase();
    await pool.query("UPDATE alembic_version SET version_num = '75868b020152'");
    await expect(ensureSchema(pool, settings)).rejects.toThrow();
    await pool.query("UPDATE alembic_version SET version_num = 'f4a9b2c7d1e6'");
    await ensureSchema(pool, settings);
  });
});

describe("experiment 0", () => {
  it("is made again once when it is missing", async () => {
    const { pool, another } = await anEmptyDatabase();
    await ensureSchema(pool, settings);
    await pool.query("INSERT INTO experiments (name) VALUES ('mine')");
    await pool.query("DELETE FROM experiments WHERE experiment_id = 0");
    await Promise.all(Array.from({ length: 8 }, () => ensureSchema(another(), settings)));
    const { rows } = await pool.query("SELECT experiment_id AS id, name FROM experiments ORDER BY 1");
    expect(rows).toEqual([
      { id: 0, name: "Default" },
      { id: 1, name: "mine" },
    ]);
  });

  it("stays deleted or renamed", async () => {
    const pool = await aDatabase();
    await pool.query("UPDATE experiments SET lifecycle_stage = 'deleted', name = 'old'");
    await ensureSchema(pool, settings);
    const { rows } = await pool.query("SELECT name, lifecycle_stage FROM experiments");
    expect(rows).toEqual([{ name: "old", lifecycle_stage: "deleted" }]);
  });

  it("is not made where another experiment has its name", async () => {
    const pool = await aStockDatabase();
    await pool.query("INSERT INTO experiments (name) VALUES ('Default')");
    await expect(ensureSchema(pool, settings)).rejects.toThrow("experiment 1 has its name");
  });
});
