import { readFile } from "node:fs/promises";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureSchema, migrate } from "../../shared/mlflow/schema/schema.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import type { Catalogue } from "../support/catalogue.ts";
import { anEmptyDatabase, closeDatabases } from "./databases.ts";
import { aStockDatabase, catalogueOf, catalogues, ownOf, settings } from "./schemas.ts";

const own = [
  "0001_own_schema",
  "0003_search_indexes",
  "0004_principals",
  "0005_long_patterns",
  "0006_trace_indexes",
  "0007_tokens",
];

let tracking: Catalogue;
let stock: Catalogue;
beforeAll(async () => {
  ({ tracking, stock } = await catalogues());
});
afterEach(closeDatabases);

describe("migrate", () => {
  it("creates the schema in an empty database", async () => {
    const { pool } = await anEmptyDatabase();
    expect(await migrate(pool, settings)).toEqual({
      revision: "f4a9b2c7d1e6",
      upgraded: [],
      createdSchema: true,
      createdUsers: true,
      usersSteps: 0,
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
      upgraded: [],
      createdSchema: false,
      createdUsers: true,
      usersSteps: 0,
      applied: own,
    });
    expect(await catalogueOf(pool)).toEqual(stock);
    const added = await ownOf(pool);
    expect(added.tables).toEqual(["migrations", "principal_permissions", "principal_roles", "principals", "tokens"]);
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
      "of an unknown revision",
      "UPDATE alembic_version_auth SET version_num = 'ffffffffffff'",
      /ffffffffffff.*f1a2b3c4d5e6.*db upgrade/,
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
    await pool.query("UPDATE alembic_version SET version_num = 'ffffffffffff'");
    await expect(migrate(pool, settings)).rejects.toThrow("newer version of mlflow-functions");
    expect(await ownOf(pool)).toEqual({ indexes: [], tables: [] });
  });
});
