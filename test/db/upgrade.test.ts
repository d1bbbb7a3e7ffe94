import { readFile } from "node:fs/promises";
import type pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { upgrade } from "../../shared/mlflow/schema/upgrade/upgrade.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type Catalogue, readCatalogue } from "../support/catalogue.ts";
import { closeDatabases } from "./databases.ts";
import { anOldDatabase, oldVersions, readRows, upgradedByStock } from "./old.ts";

afterEach(closeDatabases);

async function catalogueOf(pool: pg.Pool): Promise<Catalogue> {
  const client = await pool.connect();
  return readCatalogue(client).finally(() => client.release());
}

/** Restored CHECK constraints have their casts elsewhere. */
function objectsOf({ tables, sequences, functions }: Catalogue) {
  const text = JSON.stringify({ tables, sequences, functions });
  return JSON.parse(
    text.replaceAll(/"CHECK [^"]*"/g, (check) => check.replaceAll(/::(?:text|character varying)(?:\[\])?/g, "")),
  );
}

describe.each(oldVersions)("a database of MLflow %s", (version) => {
  it("becomes what stock's upgrade makes of it, object by object and row by row", async () => {
    const { pool } = await anOldDatabase(version);
    const reached = await upgrade(pool);
    expect(reached.at(-1)).toBe("f4a9b2c7d1e6");
    const fresh: Catalogue = JSON.parse(await readFile(`test/catalogue/mlflow-${mlflowVersion}.json`, "utf8"));
    expect(objectsOf(await catalogueOf(pool))).toEqual(objectsOf(fresh));
    expect(await readRows(pool)).toEqual(upgradedByStock(version));
    expect(await upgrade(pool)).toEqual([]);
  });
});
