/** `npm run migrate`: brings the database of `MLFLOW_BACKEND_STORE_URI` to what this app needs. */

import type { ClientBase } from "pg";
import { authUpgrade } from "../shared/mlflow/schema/auth-upgrade.ts";
import { MissingGrant } from "../shared/mlflow/schema/own-tables.ts";
import { schemaSettings } from "../shared/mlflow/schema/ready.ts";
import { inspect, lackingMigrations, type Migrated, migrate } from "../shared/mlflow/schema/schema.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import { makeContext } from "../shared/platform/context.ts";
import type { Database } from "../shared/platform/db/database.ts";
import { print, run } from "../shared/tools/command.ts";
import { Misuse, Refusal } from "../shared/tools/refusal.ts";
import { bringAuthRows } from "./auth-from.ts";
import { readAuthTables } from "./auth-source.ts";
import { grantAccess, hasTables, readGrantee } from "./grant.ts";
import { dropIndexes, makeIndexes } from "./search-indexes.ts";
import { describePlan, upgradeProgress } from "./upgrading.ts";

const command = {
  call: "npm run migrate",
  does: "Brings the database to what the app needs",
  options: {
    "dry-run": {
      type: "boolean",
      help: "say what would be done to the database of an older MLflow, and to how many rows; change nothing",
    },
    "keep-revision": {
      type: "boolean",
      help: "leave the database of MLflow 3.17 at its revision, so that its servers can go on using it",
    },
    indexes: {
      type: "boolean",
      help: "also make the optional indexes by which searches of large experiments find runs; writes go on meanwhile",
    },
    "drop-indexes": { type: "boolean", help: "drop them again" },
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
  more: `Creates MLflow's schema if the database is empty, and the tables of its basic-auth app where they are missing.

Brings the database of an older MLflow (2.0 and newer) to the revision of 3.18, without Python. Each of stock's steps is a
transaction of its own: what is stopped goes on where it was when this is run again. Back the database up first, and stop
MLflow servers older than 3.18: they can't use the new tables.

Adds what is mlflow-functions' own: indexes named mlfn_*, and the schema mlflow_functions (mlflow_functions_<schema> for an
MLflow in another schema than public). One column of MLflow's is widened, role_permissions.resource_pattern. A stock mlflow
server of 3.18 can go on using the database; while an index is made, writes to its table wait. Safe to repeat.

--indexes is for experiments of more than some ten thousand runs: filters by a metric, a param or a name, and orders by them,
take a hundredth of the time there; so do a rare status, name, client's request or metadata of traces, and their order by
execution time. It says how large the indexes are; docs/scale.md has what they cost writes.

--grant is run by who may make roles and owns the database (on Azure an Entra administrator: without a password in the URI
the token is that of az login or azd auth login). In an empty database it grants and creates nothing, so that the tables
will be the app's own. Where there are tables they stay their owner's: the app reads and changes them, and what a new
version of the app adds is made by this command, run by their owner.`,
} as const;

run(command, async (values) => {
  const { grant, "object-id": objectId, "auth-from": from, "dry-run": dryRun, "keep-revision": keep } = values;
  const { indexes, "drop-indexes": dropping } = values;
  if (indexes && dropping) throw new Misuse("Only one of --indexes and --drop-indexes can be given.");
  if (dryRun && (grant ?? from ?? indexes ?? dropping) !== undefined)
    throw new Misuse("--dry-run says what is done to the tables: leave out the rest.");
  if (objectId !== undefined && grant === undefined) throw new Misuse("--object-id belongs to --grant.");
  const grantee = grant === undefined ? undefined : readGrantee(grant, objectId);
  const context = makeContext(parseConfig(process.env));
  const db = context.database();
  try {
    if (dryRun) return print(await lent(db, (client) => describeDryRun(client, context.config)));
    // Read first: what can't be read must not leave half of the work done.
    const rows = from === undefined ? undefined : await readAuthTables(from, context.config);
    if (!grantee || rows || (await lent(db, (client) => hasTables(client, context.config))))
      print(describe(await migrate(db, schemaSettings(context.config), keep ? "keep" : upgradeProgress())));
    if (rows) print(await bringAuthRows(db, rows));
    if (indexes) print(await lent(db, makeIndexes));
    if (dropping) print(await lent(db, dropIndexes));
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

/** @throws MlflowError for what would be refused */
async function describeDryRun(client: ClientBase, { MLFLOW_FUNCTIONS_SCHEMA }: Config): Promise<string> {
  const planned = await describePlan(client);
  const users = await describeUsers(client);
  if (planned) return users + planned;
  const { revision, problem } = await inspect(client);
  if (problem) throw problem;
  if (!revision) return "The database is empty: MLflow's schema would be created. Nothing was changed.";
  const lacking = await lackingMigrations(client, MLFLOW_FUNCTIONS_SCHEMA);
  const own = lacking.length > 0 ? `${lacking.join(", ")} would be applied` : "there is nothing to do";
  return `${users}Schema revision ${revision}: ${own}. Nothing was changed.`;
}

/** A line where the tables of users are older. */
async function describeUsers(client: ClientBase): Promise<string> {
  const found = await authUpgrade(client);
  if (!found?.steps.length) return "";
  return `The tables of users are at revision ${found.from}. They would be brought to ${found.steps.at(-1)}.\n`;
}

function describe({ revision, upgraded, createdSchema, createdUsers, usersSteps, applied }: Migrated): string {
  const schema = createdSchema ? `Created MLflow's schema, revision ${revision}.` : `Schema revision ${revision}.`;
  const steps =
    upgraded.length > 0 ? [`Took ${upgraded.length} ${upgraded.length === 1 ? "step" : "steps"} to it.`] : [];
  const users = createdUsers && !createdSchema ? ["Created the tables of users."] : [];
  const brought = `Brought the tables of users ${usersSteps} ${usersSteps === 1 ? "step" : "steps"} on.`;
  if (usersSteps > 0) users.push(brought);
  const own = applied.length > 0 ? [`Applied ${applied.join(", ")}.`] : [];
  const done = [...steps, ...users, ...own];
  return [schema, ...(done.length > 0 ? done : ["Nothing to do."])].join(" ");
}
