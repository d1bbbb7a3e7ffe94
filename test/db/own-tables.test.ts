/** What is ours belongs to one MLflow: a schema of a database. */

import { randomBytes } from "node:crypto";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureSchema, lackingMigrations, migrate } from "../../shared/mlflow/schema/schema.ts";
import type {} from "../../shared/platform/azure/address.ts";
import { anEmptyDatabase, closeDatabases } from "./databases.ts";

const settings = { defaultArtifactRoot: "mlflow-artifacts:/" };
const own = [
  "0001_own_schema",
  "0003_search_indexes",
  "0004_principals",
  "0005_long_patterns",
  "0006_trace_indexes",
  "0007_tokens",
];
const tablesIn = (prefix: string) =>
  ["migrations", "principal_permissions", "principal_roles", "principals", "tokens"].map((name) => prefix + name);
const indexes = [
  "mlfn_logged_models_experiment_creation",
  "mlfn_runs_experiment_start",
  "mlfn_trace_request_metadata_run",
  "mlfn_trace_tags_value",
];

let database: Awaited<ReturnType<typeof anEmptyDatabase>>;
let role: string;

beforeEach(async () => {
  database = await anEmptyDatabase();
  role = `role_${randomBytes(6).toString("hex")}`;
  await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
});
afterEach(async () => {
  await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await closeDatabases();
});

/** An MLflow in this schema, as the administrator or as the role. */
const inSchema = (schema: string, user?: string): pg.Pool =>
  database.another({
    options: `-c search_path=${schema}`,
    ...(user && { connectionString: database.uri.replace(/\/\/[^@]+@/, `//${user}:p@`) }),
  });

const lacking = async (pool: pg.Pool): Promise<string[]> => {
  const client = await pool.connect();
  return lackingMigrations(client).finally(() => client.release());
};

const column = async (text: string): Promise<unknown[]> =>
  (await database.pool.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);

const ownTables = () =>
  column(`SELECT schemaname || '.' || tablename FROM pg_tables
    WHERE schemaname LIKE 'mlflow_functions%' OR tablename LIKE 'mlflow_functions%' ORDER BY 1`);

const ownIndexes = (schema: string) =>
  column(`SELECT indexname FROM pg_indexes WHERE schemaname = '${schema}' AND indexname LIKE 'mlfn%' ORDER BY 1`);

describe("two MLflows in one database", () => {
  it("get each what is ours", async () => {
    await database.pool.query("CREATE SCHEMA tracking");
    expect((await migrate(inSchema("public"), settings)).applied).toEqual(own);
    expect((await migrate(inSchema("tracking"), settings)).applied).toEqual(own);
    expect(await ownTables()).toEqual([...tablesIn("mlflow_functions."), ...tablesIn("mlflow_functions_tracking.")]);
    for (const schema of ["public", "tracking"]) {
      expect(await ownIndexes(schema)).toEqual(indexes);
      expect((await migrate(inSchema(schema), settings)).applied).toEqual([]);
    }
  });

  it("are told apart by long names and odd characters too", async () => {
    const long = ["a", "b"].map((end) => "x".repeat(50) + end);
    for (const name of [...long, "My Schema"]) {
      await database.pool.query(`CREATE SCHEMA "${name}"`);
      const pool = database.another({ options: `-c search_path="${name.replace(" ", "\\ ")}"` });
      expect((await migrate(pool, settings)).applied).toEqual(own);
      expect(await ownIndexes(name)).toEqual(indexes);
    }
    expect(await ownTables()).toHaveLength(3 * 5);
  });

  it("are not told apart by a schema named in the settings for both: the second is refused", async () => {
    await database.pool.query("CREATE SCHEMA tracking; CREATE SCHEMA additions");
    const additions = { ...settings, ownSchema: "additions" };
    expect((await migrate(inSchema("tracking"), additions)).applied).toEqual(own);
    await ensureSchema(inSchema("public"), settings);
    await expect(migrate(inSchema("public"), additions)).rejects.toThrow(
      /additions holds .* for the MLflow in the schema tracking, and this one is in public: set MLFLOW_FUNCTIONS_SCHEMA/,
    );
  });
});

it("the MLflow is where its tables are found, which need not be the first schema of the search_path", async () => {
  await ensureSchema(inSchema("public"), settings);
  await database.pool.query("DROP SCHEMA mlflow_functions CASCADE; CREATE SCHEMA first");
  expect((await migrate(inSchema("first,public"), settings)).applied).toEqual(own);
  expect(await ownTables()).toEqual(tablesIn("mlflow_functions."));
});

it("a database of the first versions, whose one table spoke for all schemas, gets its indexes", async () => {
  await ensureSchema(inSchema("public"), settings);
  await database.pool.query(`DROP INDEX ${indexes.join(", ")}; DROP SCHEMA mlflow_functions CASCADE;
    CREATE SCHEMA mlflow_functions; CREATE TABLE mlflow_functions.migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO mlflow_functions.migrations (name) VALUES ('0001_own_schema'), ('0002_search_indexes')`);
  expect((await migrate(inSchema("public"), settings)).applied).toEqual([
    "0003_search_indexes",
    "0004_principals",
    "0005_long_patterns",
    "0006_trace_indexes",
    "0007_tokens",
  ]);
  expect(await ownIndexes("public")).toEqual(indexes);
});

describe("a role that may not create schemas", () => {
  beforeEach(() => database.pool.query(`CREATE SCHEMA tracking AUTHORIZATION ${role}`));

  it("gets MLflow's schema as from stock, and is told the grant for ours", async () => {
    const pool = inSchema("tracking", role);
    await ensureSchema(pool, settings);
    expect(await column("SELECT count(*)::int FROM pg_tables WHERE schemaname = 'tracking'")).toEqual([83]);
    expect(await lacking(pool)).toEqual(own);
    const [name] = await column("SELECT current_database()");
    const grant = `GRANT CREATE ON DATABASE "${name}" TO "${role}";`;
    await expect(migrate(pool, settings)).rejects.toThrow(`As an administrator run \`${grant}\``);
    await database.pool.query(grant);
    expect((await migrate(pool, settings)).applied).toEqual(own);
    expect(await lacking(pool)).toEqual([]);
  });

  it("is told the grant by the first migrate too, which keeps MLflow's schema", async () => {
    const pool = inSchema("tracking", role);
    await expect(migrate(pool, settings)).rejects.toThrow("GRANT CREATE ON DATABASE");
    await ensureSchema(pool, settings);
    expect(await ownTables()).toEqual([]);
  });

  it("names a schema in the settings, MLflow's own included", async () => {
    const pool = inSchema("tracking", role);
    await ensureSchema(pool, { ...settings, ownSchema: "tracking" });
    expect(await ownTables()).toEqual(tablesIn("tracking.mlflow_functions_"));
    expect(await ownIndexes("tracking")).toEqual(indexes);
  });

  it("may use one that was made for it, and is told the grant where it may not", async () => {
    await database.pool.query("CREATE SCHEMA mlflow_functions_tracking");
    const pool = inSchema("tracking", role);
    const grant = `GRANT USAGE, CREATE ON SCHEMA "mlflow_functions_tracking" TO "${role}";`;
    await expect(migrate(pool, settings)).rejects.toThrow(grant);
    await database.pool.query(grant);
    expect((await migrate(pool, settings)).applied).toEqual(own);
  });
});

it("a role that does not own MLflow's tables is told whose right it needs", async () => {
  await ensureSchema(inSchema("public"), settings);
  await database.pool.query(`DROP SCHEMA mlflow_functions CASCADE; DROP INDEX ${indexes.join(", ")};
    GRANT CREATE ON DATABASE "${(await column("SELECT current_database()"))[0]}" TO ${role};
    GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
  const pool = inSchema("public", role);
  await ensureSchema(pool, settings);
  await expect(migrate(pool, settings)).rejects.toThrow(
    /must be owner of table runs\).*`GRANT "mlflow" TO "role_\w+";`/,
  );
  expect(await ownTables()).toEqual([]);
});
