/** Points come into a new table, which takes the place of `metrics` where that holds little; or go into it as ever. */

/** Points come into a new table, which takes the place of `metrics` where that holds little; or go into it as ever. */
import pg, { escapeIdentifier } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aTarget, type Target, unpacked } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let target: Target;
let client: pg.Client;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  const { folder, remove } = await unpacked("sqlite-3.17.2");
  closing.push(remove);
  target = await aTarget(folder);
  closing.push(target.close);
  client = new pg.Client({ connectionString: target.app.databaseUri });
  await client.connect();
  closing.push(() => client.end());
  await client.query("INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (500, 'own', 'active')");
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** All that PostgreSQL knows of the table, but for what it calls it inside. */
async function described() {
  const texts = async (text: string) => (await client.query<{ text: string }>(text)).rows.map((row) => row.text);
  return {
    columns:
      await texts(`SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attcollation,
        pg_get_expr(adbin, adrelid)) AS text
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE attrelid = 'metrics'::regclass AND attnum > 0 ORDER BY attnum`),
    constraints:
      await texts(`SELECT concat_ws(' ', conname, convalidated, conindid::regclass, pg_get_constraintdef(oid)) AS text
      FROM pg_constraint WHERE conrelid = 'metrics'::regclass ORDER BY conname`),
    indexes: await texts(`SELECT concat_ws(' ', indisvalid, pg_get_indexdef(indexrelid)) AS text
      FROM pg_index WHERE indrelid = 'metrics'::regclass ORDER BY 1`),
    table: await texts(
      "SELECT concat_ws(' ', relname, relnamespace::regnamespace, relowner, relpersistence, relreplident, relacl, reloptions) AS text FROM pg_class WHERE oid = 'metrics'::regclass",
    ),
    triggers: await texts(
      "SELECT tgfoid::regproc || ' ' || tgtype AS text FROM pg_trigger WHERE tgrelid = 'metrics'::regclass ORDER BY 1",
    ),
    others: await texts("SELECT relname AS text FROM pg_class WHERE relname LIKE '%imported%'"),
  };
}

const identity = async () => (await client.query("SELECT 'metrics'::regclass::oid AS oid")).rows[0].oid as number;
const points = async () => Number((await client.query("SELECT count(*) FROM metrics")).rows[0].count);

it("the new table is as the old one was, in names, indexes, references and defaults, for an app that goes on", async () => {
  const { body } = await target.app.post("/api/2.0/mlflow/runs/create", { experiment_id: "500" });
  const { run_id } = body.run.info;
  const log = (step: number) =>
    target.app.post("/api/2.0/mlflow/runs/log-metric", { run_id, key: "own", value: step, timestamp: step, step });
  const history = async () =>
    (await target.app.get("/api/2.0/mlflow/metrics/get-history", { run_id, metric_key: "own" })).body.metrics;
  expect(await history()).toBeUndefined();
  const [before, old] = [await described(), await identity()];
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await identity()).not.toBe(old);
  expect(await described()).toEqual(before);
  expect((await log(1)).status).toBe(200);
  expect(await history()).toMatchObject([{ key: "own", value: 1, step: 1 }]);
  await expect(
    client.query("INSERT INTO metrics (key, value, timestamp, run_uuid) VALUES ('k', 1, 1, 'no run')"),
  ).rejects.toThrow("metrics_run_uuid_fkey");
});

it("a table that has more than comes keeps its place, and all its points", async () => {
  await client.query(
    "INSERT INTO runs (run_uuid, status, lifecycle_stage, experiment_id) VALUES ('there', 'FINISHED', 'active', 500)",
  );
  await client.query(
    "INSERT INTO metrics (key, value, timestamp, run_uuid) SELECT 'k', n, n, 'there' FROM generate_series(1, 5000) n",
  );
  const [before, old] = [await described(), await identity()];
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await identity()).toBe(old);
  expect(await described()).toEqual(before);
  expect(await points()).toBeGreaterThan(5000);
});

it("who reads for long is not waited for: the points go into the table that is there", async () => {
  const old = await identity();
  await client.query("BEGIN; SELECT FROM runs");
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  await client.query("COMMIT");
  expect(await identity()).toBe(old);
  expect(await points()).toBeGreaterThan(0);
  expect((await described()).others).toEqual([]);
});

it("a role that neither owns the table nor may leave checks out fills it as well", async () => {
  const role = `importer_${process.pid}`;
  const uri = new URL(target.app.databaseUri);
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  closing.push(async () => {
    const own = new pg.Client({ connectionString: target.app.databaseUri });
    await own.connect();
    await own.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).finally(() => own.end());
  });
  await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role};
    GRANT TEMPORARY ON DATABASE ${escapeIdentifier(uri.pathname.slice(1))} TO ${role}`);
  uri.username = role;
  uri.password = "secret";
  target.env.MLFLOW_BACKEND_STORE_URI = uri.href;
  const old = await identity();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  expect(await identity()).toBe(old);
  expect(await points()).toBeGreaterThan(0);
});
