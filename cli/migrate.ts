/** `npm run migrate`: brings the database of `MLFLOW_BACKEND_STORE_URI` to what this app needs. */

import { MissingGrant } from "../shared/mlflow/schema/own-tables.ts";
import { schemaSettings } from "../shared/mlflow/schema/ready.ts";
import { type Migrated, migrate } from "../shared/mlflow/schema/schema.ts";
import { parseConfig } from "../shared/platform/config.ts";
import { makeContext } from "../shared/platform/context.ts";
import { print, run } from "../shared/tools/command.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { bringAuthRows } from "./auth-from.ts";
import { readAuthRows } from "./auth-source.ts";

const command = {
  call: "npm run migrate",
  does: "Brings the database to what the app needs",
  options: {
    "auth-from": {
      type: "string",
      value: "<uri>",
      help: "bring users, roles and permissions from the auth database of a stock server: a PostgreSQL URI, or\nsqlite:///basic_auth.db",
    },
  },
  more: `Creates MLflow's schema if the database is empty, and the tables of its basic-auth app where they are missing. Adds what is
mlflow-functions' own: indexes named mlfn_*, and the schema mlflow_functions (mlflow_functions_<schema> for an MLflow in
another schema than public). One column of MLflow's is widened, role_permissions.resource_pattern. A stock mlflow server can
go on using the database; while an index is made, writes to its table wait. Safe to repeat.`,
} as const;

run(command, async (values) => {
  const context = makeContext(parseConfig(process.env));
  const db = context.database();
  try {
    const from = values["auth-from"];
    // Read first: what can't be read must not leave half of the work done.
    const rows = from === undefined ? undefined : await readAuthRows(from, context.config);
    print(describe(await migrate(db, schemaSettings(context.config))));
    if (rows) print(await bringAuthRows(db, rows));
  } catch (error) {
    throw error instanceof MissingGrant ? new Refusal(error.message) : error;
  } finally {
    await db.end();
  }
});

function describe({ revision, createdSchema, createdUsers, applied }: Migrated): string {
  const schema = createdSchema ? `Created MLflow's schema, revision ${revision}.` : `Schema revision ${revision}.`;
  const users = createdUsers && !createdSchema ? ["Created the tables of users."] : [];
  const own = applied.length > 0 ? [`Applied ${applied.join(", ")}.`] : [];
  const done = [...users, ...own];
  return [schema, ...(done.length > 0 ? done : ["Nothing to do."])].join(" ");
}
