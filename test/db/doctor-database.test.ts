import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, describe, expect, inject, it } from "vitest";
import { startApp } from "../support/app.ts";
import { aPgBouncer } from "../support/pgbouncer.ts";

const stores = inject("postgres");
const name = (at: string) => stores.replace(/mlflow$/, at);
const made: string[] = [];

async function asAdmin(statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: name("postgres") });
  await admin.connect();
  await admin.query(statement).finally(() => admin.end());
}

/** A database with these options of CREATE DATABASE. */
async function aDatabaseOf(options: string): Promise<string> {
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  await asAdmin(`CREATE DATABASE ${database} TEMPLATE ${options}`);
  made.push(database);
  return name(database);
}

afterAll(async () => {
  for (const database of made) await asAdmin(`DROP DATABASE ${database} WITH (FORCE)`);
});

/** What doctor says of the database. */
function doctor(uri: string, more: Record<string, string> = {}, what = "database"): Promise<string> {
  const storage = { AZURE_STORAGE_CONNECTION_STRING: inject("storage") };
  const env = { ...process.env, ...storage, MLFLOW_BACKEND_STORE_URI: uri, ...more };
  const args = ["dist/doctor.cjs", "--data-dir", "test/output/none"];
  const line = new RegExp(`^(good|lacking) +${what}: .*(\\n {3,}.*)*`, "m");
  return new Promise((done) => {
    execFile(process.execPath, args, { env }, (_, stdout) => done(line.exec(stdout)?.[0] ?? stdout));
  });
}

describe("npm run doctor says of a database that it", () => {
  it("can be used", async () => {
    expect(await doctor(stores)).toBe("good     database: 'mlflow' can be used");
  });

  it("is empty, and leaves it so", async () => {
    const uri = await aDatabaseOf("template0");
    expect(await doctor(uri)).toMatch(/^good .* gets MLflow's schema with the first request$/);
    expect(await doctor(uri)).toContain("with the first request");
  });

  it("lacks what is ours", async () => {
    const uri = await aDatabaseOf("mlflow");
    const client = new pg.Client({ connectionString: uri });
    await client.connect();
    await client.query("DROP SCHEMA mlflow_functions CASCADE");
    await client.end();
    expect(await doctor(uri)).toMatch(
      /^lacking .*0001_own_schema, 0003_search_indexes, 0004_principals, 0005_long_patterns, 0006_trace_indexes, and 0007_tokens .* Run: npm run migrate$/,
    );
  });

  it("has an lc_ctype of C", async () => {
    const uri = await aDatabaseOf("template0 LOCALE_PROVIDER libc LOCALE 'C'");
    expect(await doctor(uri)).toMatch(/^lacking .*its lc_ctype is C, so that ILIKE takes only A to Z/);
  });

  it("is behind a pooler, and its role lacks time limits, until it is given them", async () => {
    const pooler = await aPgBouncer(await aDatabaseOf("mlflow"));
    const said = await doctor(`${pooler.uri}?pgbouncer=true`);
    expect(said).toMatch(/^lacking .*the role has none/);
    await asAdmin(/ALTER ROLE .*;/.exec(said)![0]);
    // A connection that PgBouncer has already keeps what its role had.
    await asAdmin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${made.at(-1)}'`);
    expect(await doctor(`${pooler.uri}?pgbouncer=true`)).toMatch(/^good .* can be used$/);
    await pooler.stop();
  });

  it("is away, as the read replica may be beside it", async () => {
    const replica = { MLFLOW_READ_REPLICA_BACKEND_STORE_URI: "postgresql://u:topsecret@127.0.0.1:1/m" };
    const said = await doctor(stores, replica, "read replica");
    expect(said).toMatch(/^lacking .*it can't be reached: connect ECONNREFUSED 127\.0\.0\.1:1/);
    expect(await doctor(stores, replica)).toMatch(/^good /);
  });

  it("holds what is ours for another MLflow", async () => {
    const uri = await aDatabaseOf("mlflow");
    const client = new pg.Client({ connectionString: uri });
    await client.connect();
    await client.query("UPDATE mlflow_functions.migrations SET mlflow_schema = 'other'");
    await client.end();
    expect(await doctor(uri)).toMatch(/^lacking .*for the MLflow in the schema other.*: set MLFLOW_FUNCTIONS_SCHEMA/);
  });

  it("is not set", async () => {
    expect(await doctor("")).toMatch(/^lacking .*MLFLOW_BACKEND_STORE_URI names a PostgreSQL database$/);
  });
});

it("ILIKE folds every letter in a database of the embedded PostgreSQL", async () => {
  const app = await startApp();
  const made = await app.post("/api/2.0/mlflow/registered-models/create", { name: "Été Δ" });
  expect(made.status).toBe(200);
  for (const filter of ["name ILIKE 'été δ'", "name ILIKE '%ÉTÉ%'"]) {
    const found = await app.get("/api/2.0/mlflow/registered-models/search", { filter });
    expect(found.body.registered_models).toMatchObject([{ name: "Été Δ" }]);
  }
  await app.close();
});
