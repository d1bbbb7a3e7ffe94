/** `npm run migrate`: brings the database of `MLFLOW_BACKEND_STORE_URI` to what this app needs. */

import type { ClientBase } from "pg";
import { MissingGrant } from "../shared/mlflow/schema/own-tables.ts";
import { schemaSettings } from "../shared/mlflow/schema/ready.ts";
import { type Migrated, migrate } from "../shared/mlflow/schema/schema.ts";
import { parseConfig } from "../shared/platform/config.ts";
import { makeContext } from "../shared/platform/context.ts";
import type { Database } from "../shared/platform/db/database.ts";
import { print, run } from "../shared/tools/command.ts";
import { Misuse, Refusal } from "../shared/tools/refusal.ts";
import { bringAuthRows } from "./auth-from.ts";
import { readAuthRows } from "./auth-source.ts";
import { grantAccess, hasTables, readGrantee } from "./grant.ts";

const command = {
  call: "npm run migrate",
  does: "Brings the database to what the app needs",
  options: {
    "auth-from": {
      type: "string",
      value: "<uri>",
      help: "bring users, roles and permissions from the auth database of a stock server: a PostgreSQL URI, or\nsqlite:///basic_auth.db",
    },
    grant: {
      type: "string",
      value: "<identity>",
      help: "make an ordinary role of this name, and grant it what the app needs",
    },
    "object-id": {
      type: "string",
      value: "<id>",
      help: "of that identity in Entra (principal id); needed on Azure, where the role is Entra's",
    },
  },
  more: `Creates MLflow's schema if the database is empty, and the tables of its basic-auth app where they are missing. Adds what is
mlflow-functions' own: indexes named mlfn_*, and the schema mlflow_functions (mlflow_functions_<schema> for an MLflow in
another schema than public). One column of MLflow's is widened, role_permissions.resource_pattern. A stock mlflow server can
go on using the database; while an index is made, writes to its table wait. Safe to repeat.

--grant is run by who may make roles and owns the database (on Azure an Entra administrator: without a password in the URI
the token is that of az login or azd auth login). In an empty database it grants and creates nothing, so that the tables
will be the app's own. Where there are tables they stay their owner's: the app reads and changes them, and what a new
version of the app adds is made by this command, run by their owner.`,
} as const;

run(command, async (values) => {
  const { grant, "object-id": objectId, "auth-from": from } = values;
  if (objectId !== undefined && grant === undefined) throw new Misuse("--object-id belongs to --grant.");
  const grantee = grant === undefined ? undefined : readGrantee(grant, objectId);
  const context = makeContext(parseConfig(process.env));
  const db = context.database();
  try {
    // Read first: what can't be read must not leave half of the work done.
    const rows = from === undefined ? undefined : await readAuthRows(from, context.config);
    if (!grantee || rows || (await lent(db, (client) => hasTables(client, context.config))))
      print(describe(await migrate(db, schemaSettings(context.config))));
    if (rows) print(await bringAuthRows(db, rows));
    if (grantee) print(await lent(db, (client) => grantAccess(client, context.config, grantee)));
  } catch (error) {
    throw error instanceof MissingGrant ? new Refusal(error.message) : error;
  } finally {
    await db.end();
  }
});

async function lent<T>(db: Database, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await db.connect();
  return work(client).finally(() => client.release());
}

function describe({ revision, createdSchema, createdUsers, applied }: Migrated): string {
  const schema = createdSchema ? `Created MLflow's schema, revision ${revision}.` : `Schema revision ${revision}.`;
  const users = createdUsers && !createdSchema ? ["Created the tables of users."] : [];
  const own = applied.length > 0 ? [`Applied ${applied.join(", ")}.`] : [];
  const done = [...users, ...own];
  return [schema, ...(done.length > 0 ? done : ["Nothing to do."])].join(" ");
}
