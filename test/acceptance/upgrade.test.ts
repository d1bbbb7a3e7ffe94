/** What `npm run migrate` makes of old databases, beside what stock's own upgrade makes of the same. */
import type pg from "pg";
import { afterEach, expect, it } from "vitest";
import { migrate } from "../../shared/mlflow/schema/schema.ts";
import { upgrade } from "../../shared/mlflow/schema/upgrade/upgrade.ts";
import { closeDatabases } from "../db/databases.ts";
import { anOldDatabase, readRows } from "../db/old.ts";
import { authRows, firstAuthTables, firstGrants, laterGrants } from "../db/old-auth.ts";
import { startApp } from "../support/app.ts";
import { readCatalogue } from "../support/catalogue.ts";
import { type StockServer, startStock, upgradeAuthDatabase, upgradeDatabase } from "./stock-server.ts";

let server: StockServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await closeDatabases();
});

async function schemaOf(pool: pg.Pool) {
  const client = await pool.connect();
  const { rows: _, ...schema } = await readCatalogue(client).finally(() => client.release());
  return schema;
}

/** Stock answers tags, metrics and params in any order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]));
}

it.each(["2.0.1", "3.16.1"] as const)("a database of MLflow %s is the same after both", async (version) => {
  const [ours, stocks] = [await anOldDatabase(version), await anOldDatabase(version)];
  await upgradeDatabase(stocks.uri);
  await upgrade(ours.pool);
  expect(await schemaOf(ours.pool)).toEqual(await schemaOf(stocks.pool));
  expect(await readRows(ours.pool)).toEqual(await readRows(stocks.pool));
});

it("tables of users are the same after both", async () => {
  const [ours, stocks] = [await anOldDatabase("3.17.2"), await anOldDatabase("3.17.2")];
  for (const { pool, uri } of [ours, stocks]) {
    await pool.query(firstAuthTables + firstGrants);
    await upgradeAuthDatabase(uri, "2ed73881770d");
    await pool.query(laterGrants);
  }
  await upgradeAuthDatabase(stocks.uri);
  await migrate(ours.pool, { defaultArtifactRoot: "mlflow-artifacts:/" });
  const rowsOf = async (pool: pg.Pool) => (await pool.query(authRows)).rows;
  expect(await rowsOf(ours.pool)).toEqual(await rowsOf(stocks.pool));
  const first = await anOldDatabase("3.17.2", firstAuthTables + firstGrants);
  const byStock = await anOldDatabase("3.17.2", firstAuthTables + firstGrants);
  await upgradeAuthDatabase(byStock.uri);
  await migrate(first.pool, { defaultArtifactRoot: "mlflow-artifacts:/" });
  expect(await rowsOf(first.pool)).toEqual(await rowsOf(byStock.pool));
});

it("a stock server serves the result, and says of it what this app says", async () => {
  const { pool, uri } = await anOldDatabase("2.9.2");
  await upgrade(pool);
  server = await startStock({ database: uri });
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: uri });
  const asked = async (url: string) => {
    const ask = async (path: string, body?: object) => {
      const options = body && {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      };
      const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, options);
      expect(answer.status).toBe(200);
      return answer.json();
    };
    return [
      await ask("experiments/search", { max_results: 10, view_type: "ALL" }),
      await ask("runs/search", { experiment_ids: ["1", "2"], max_results: 10, run_view_type: "ALL" }),
      await ask("registered-models/search?max_results=10"),
      await ask("registered-models/alias?name=model&alias=champion"),
    ];
  };
  try {
    expect(inOrder(await asked(app.url))).toEqual(inOrder(await asked(server.url)));
  } finally {
    await app.close();
  }
});
