import { readFile } from "node:fs/promises";
import type pg from "pg";
import { expect } from "vitest";
import { ensureSchema } from "../../shared/mlflow/schema/schema.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type Catalogue, readCatalogue, readOwn } from "../support/catalogue.ts";
import { anEmptyDatabase } from "./databases.ts";

export const settings = { defaultArtifactRoot: "mlflow-artifacts:/" };

async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  return work(client).finally(() => client.release());
}

export const catalogueOf = (pool: pg.Pool) => withClient(pool, readCatalogue);
export const ownOf = (pool: pg.Pool) => withClient(pool, readOwn);

export async function aDatabase(): Promise<pg.Pool> {
  const { pool } = await anEmptyDatabase();
  await ensureSchema(pool, settings);
  return pool;
}

/** As `mlflow db upgrade` makes it: nothing of ours, and no experiment 0 before the server's first start. */
export async function aStockDatabase(): Promise<pg.Pool> {
  const { pool } = await anEmptyDatabase();
  await pool.query(await readFile(`shared/mlflow/schema/migrations/mlflow-${mlflowVersion}.sql`, "utf8"));
  return pool;
}

const committed = async (name: string): Promise<Catalogue> =>
  JSON.parse(await readFile(`test/catalogue/${name}.json`, "utf8"));

/** MLflow's own tables, and those with the tables of its basic-auth app and our one change of them. */
export async function catalogues(): Promise<{ tracking: Catalogue; stock: Catalogue }> {
  const tracking = await committed(`mlflow-${mlflowVersion}`);
  const auth = await committed(`mlflow-auth-${mlflowVersion}`);
  const pattern = auth.tables.role_permissions!.columns.find(({ name }) => name === "resource_pattern")!;
  expect(pattern.type).toBe("character varying(255)");
  pattern.type = "character varying(1024)";
  const stock = {
    tables: { ...tracking.tables, ...auth.tables },
    sequences: { ...tracking.sequences, ...auth.sequences },
    functions: { ...tracking.functions, ...auth.functions },
    rows: { ...tracking.rows, ...auth.rows },
  };
  return { tracking, stock };
}
