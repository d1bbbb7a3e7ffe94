import type pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { ensureSchema, migrate } from "../../shared/mlflow/schema/schema.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import type {} from "../../shared/platform/azure/address.ts";
import { anEmptyDatabase, closeDatabases } from "../db/databases.ts";
import { readCatalogue } from "../support/catalogue.ts";
import { type StockServer, startStock, upgradeAuthDatabase, upgradeDatabase } from "./stock-server.ts";

const settings = { defaultArtifactRoot: "mlflow-artifacts:/" };
// `vitest -u` with the acceptance configuration makes the committed catalogue anew.
const committed = `../catalogue/mlflow-${mlflowVersion}.json`;

let server: StockServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await closeDatabases();
});

async function catalogueText(pool: pg.Pool): Promise<string> {
  const client = await pool.connect();
  const catalogue = await readCatalogue(client).finally(() => client.release());
  return `${JSON.stringify(catalogue, null, 1)}\n`;
}

async function experimentNames({ url }: StockServer): Promise<string[]> {
  const answer = await fetch(`${url}/api/2.0/mlflow/experiments/search?max_results=10`);
  const { experiments } = (await answer.json()) as { experiments: { name: string }[] };
  return experiments.map(({ name }) => name).sort();
}

describe("a database of stock's", () => {
  it("is what the committed catalogue says, and served by us and by stock again", async () => {
    const { pool, uri } = await anEmptyDatabase();
    await upgradeDatabase(uri);
    server = await startStock({ database: uri });
    const made = await catalogueText(pool);
    await expect(made).toMatchFileSnapshot(committed);
    await server.stop();
    await ensureSchema(pool, settings);
    expect(await catalogueText(pool)).toEqual(made);
    await migrate(pool, settings);
    server = await startStock({ database: uri });
    expect(await experimentNames(server)).toEqual(["Default"]);
  });

  it("gets its experiment 0 from us where the server never started", async () => {
    const { pool, uri } = await anEmptyDatabase();
    await upgradeDatabase(uri);
    await ensureSchema(pool, settings);
    await expect(await catalogueText(pool)).toMatchFileSnapshot(committed);
  });

  it("may be one of MLflow 3.17", async () => {
    const { pool, uri } = await anEmptyDatabase();
    await upgradeDatabase(uri, "3.17.2");
    await ensureSchema(pool, settings);
    const { rows } = await pool.query("SELECT version_num FROM alembic_version");
    expect(rows).toEqual([{ version_num: "dc11669786a5" }]);
    await migrate(pool, settings);
  });
});

describe("a database of stock's basic-auth app", () => {
  it("is what the committed catalogue says", async () => {
    const { pool, uri } = await anEmptyDatabase();
    await upgradeAuthDatabase(uri);
    await expect(await catalogueText(pool)).toMatchFileSnapshot(`../catalogue/mlflow-auth-${mlflowVersion}.json`);
  });
});

describe("a database of ours", () => {
  it("is at stock's head and served by stock", async () => {
    const { pool, uri } = await anEmptyDatabase();
    await ensureSchema(pool, settings);
    const made = await catalogueText(pool);
    await pool.query(`INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)
      VALUES ('ours', 'mlflow-artifacts:/1', 'active', 1, 1)`);
    server = await startStock({ database: uri });
    expect(await experimentNames(server)).toEqual(["Default", "ours"]);
    await server.stop();
    await pool.query("DELETE FROM experiments WHERE name = 'ours'");
    await upgradeDatabase(uri);
    expect(await catalogueText(pool)).toEqual(made);
  });
});
