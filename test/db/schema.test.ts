import { readFile } from "node:fs/promises";
import type pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureSchema, migrate } from "../../shared/mlflow/schema/schema.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import type {} from "../../shared/platform/azure/address.ts";
import { type Catalogue, readCatalogue, readOwn } from "../support/catalogue.ts";
import { anEmptyDatabase, closeDatabases } from "./databases.ts";

const settings = { defaultArtifactRoot: "mlflow-artifacts:/" };
const own = ["0001_own_schema", "0003_search_indexes", "0004_principals", "0005_long_patterns"];

async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  return work(client).finally(() => client.release());
}

const catalogueOf = (pool: pg.Pool) => withClient(pool, readCatalogue);
const ownOf = (pool: pg.Pool) => withClient(pool, readOwn);

async function aDatabase(): Promise<pg.Pool> {
  const { pool } = await anEmptyDatabase();
  await ensureSchema(pool, settings);
  return pool;
}

/** As `mlflow db upgrade` makes it: nothing of ours, and no experiment 0 before the server's first start. */
async function aStockDatabase(): Promise<pg.Pool> {
  const { pool } = await anEmptyDatabase();
  await pool.query(await readFile(`shared/mlflow/schema/migrations/mlflow-${mlflowVersion}.sql`, "utf8"));
  return pool;
}

/** MLflow's own tables, and those with the tables of its basic-auth app and our one change of them. */
let tracking: Catalogue;
let stock: Catalogue;
beforeAll(async () => {
  tracking = await committed(`mlflow-${mlflowVersion}`);
  const auth = await committed(`mlflow-auth-${mlflowVersion}`);
  const pattern = auth.tables.role_permissions!.columns.find(({ name }) => name === "resource_pattern")!;
  expect(pattern.type).toBe("character varying(255)");
  pattern.type = "character varying(1024)";
  stock = {
    tables: { ...tracking.tables, ...auth.tables },
    sequences: { ...tracking.sequences, ...auth.sequences },
    functions: { ...tracking.functions, ...auth.functions },
    rows: { ...tracking.rows, ...auth.rows },
  };
});

const committed = async (name: string): Promise<Catalogue> =>
  JSON.parse(await readFile(`test/catalogue/${name}.json`, "utf8"));
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
      indexes: ["mlfn_logged_models_experiment_creation", "mlfn_runs_experiment_start"],
      tables: ["migrations", "principal_permissions", "principal_roles", "principals"],
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
      message: expect.stringMatching(/75868b020152.*f4a9b2c7d1e6.*dc11669786a5.*mlflow db upgrade/s),
    });
  });

  it("is refused at an older revision that lacks tables and columns", async () => {
    const { pool } = await anEmptyDatabase();
    await pool.query(`CREATE TABLE experiments (experiment_id int); CREATE TABLE alembic_version (version_num text);
      INSERT INTO alembic_version VALUES ('0a8213491aaa')`);
    await expect(ensureSchema(pool, settings)).rejects.toThrow(/0a8213491aaa.*mlflow db upgrade/s);
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

describe("migrate", () => {
  it("creates the schema in an empty database", async () => {
    const { pool } = await anEmptyDatabase();
    expect(await migrate(pool, settings)).toEqual({
      revision: "f4a9b2c7d1e6",
      createdSchema: true,
      createdUsers: true,
      applied: own,
    });
    expect(await catalogueOf(pool)).toEqual(stock);
  });

  it("adds what is ours and the tables of users to a stock database, and has nothing to do after that", async () => {
    const pool = await aStockDatabase();
    await ensureSchema(pool, settings);
    expect(await catalogueOf(pool)).toEqual(tracking);
    expect(await migrate(pool, settings)).toEqual({
      revision: "f4a9b2c7d1e6",
      createdSchema: false,
      createdUsers: true,
      applied: own,
    });
    expect(await catalogueOf(pool)).toEqual(stock);
    const added = await ownOf(pool);
    expect(added.tables).toEqual(["migrations", "principal_permissions", "principal_roles", "principals"]);
    expect(await migrate(pool, settings)).toMatchObject({ createdSchema: false, applied: [] });
    expect(await ownOf(pool)).toEqual(added);
  });

  it("takes the tables of users that a stock server made", async () => {
    const pool = await aStockDatabase();
    await pool.query(await readFile(`shared/mlflow/schema/migrations/mlflow-auth-${mlflowVersion}.sql`, "utf8"));
    await pool.query("INSERT INTO users (username, is_admin) VALUES ('theirs', true)");
    expect(await migrate(pool, settings)).toMatchObject({ createdUsers: false, applied: own });
    expect((await pool.query("SELECT username FROM users")).rows).toEqual([{ username: "theirs" }]);
  });

  it.each([
    [
      "of an older revision",
      "UPDATE alembic_version_auth SET version_num = 'e5f6a7b8c9d0'",
      /e5f6a7b8c9d0.*f1a2b3c4d5e6.*db upgrade/,
    ],
    ["older than revisions", "DROP TABLE alembic_version_auth", /revision none/],
  ])("refuses tables of users %s", async (_, change, message) => {
    const pool = await aStockDatabase();
    await pool.query(await readFile(`shared/mlflow/schema/migrations/mlflow-auth-${mlflowVersion}.sql`, "utf8"));
    await pool.query(change);
    await expect(migrate(pool, settings)).rejects.toThrow(message);
    expect(await ownOf(pool)).toEqual({ indexes: [], tables: [] });
  });

  it("applies each migration once, however many run", async () => {
    const { pool, another } = await anEmptyDatabase();
    await pool.query(await readFile(`shared/mlflow/schema/migrations/mlflow-${mlflowVersion}.sql`, "utf8"));
    const done = await Promise.all(Array.from({ length: 4 }, () => migrate(another(), settings)));
    expect(done.flatMap(({ applied }) => applied)).toEqual(own);
  });

  it("refuses what ensureSchema refuses", async () => {
    const pool = await aStockDatabase();
    await pool.query("UPDATE alembic_version SET version_num = '75868b020152'");
    await expect(migrate(pool, settings)).rejects.toThrow("mlflow db upgrade");
    expect(await ownOf(pool)).toEqual({ indexes: [], tables: [] });
  });
});
