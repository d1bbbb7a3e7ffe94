/** `npm run migrate`: brings the database of `MLFLOW_BACKEND_STORE_URI` to what this app needs. */

import { schemaSettings } from "../shared/mlflow/schema/ready.ts";
import { type Migrated, migrate } from "../shared/mlflow/schema/schema.ts";
import { config } from "../shared/platform/config.ts";
import { makeContext } from "../shared/platform/context.ts";
import { withoutSecrets } from "./shown.ts";

const help = `Usage: MLFLOW_BACKEND_STORE_URI=postgresql://... npm run migrate

Creates MLflow's schema if the database is empty, and adds what is mlflow-functions' own: indexes named mlfn_*, and the
schema mlflow_functions (mlflow_functions_<schema> for an MLflow in another schema than public). Tables of MLflow are never changed, so a stock mlflow server can go on using the database;
while an index is made, writes to its table wait. Safe to repeat.
`;

async function main(): Promise<void> {
  if (process.argv.includes("--help")) {
    process.stdout.write(help);
    return;
  }
  const context = makeContext(config());
  const db = context.database();
  try {
    const done = await migrate(db, schemaSettings(context.config));
    process.stdout.write(`${describe(done)}\n`);
  } finally {
    await db.end();
  }
}

function describe({ revision, createdSchema, applied }: Migrated): string {
  const schema = createdSchema ? `Created MLflow's schema, revision ${revision}.` : `Schema revision ${revision}.`;
  return `${schema} ${applied.length > 0 ? `Applied ${applied.join(", ")}.` : "Nothing to do."}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${withoutSecrets(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
});
