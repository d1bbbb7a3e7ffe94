/** Whether the database can be reached and has a schema that the app serves. */
import type { PoolClient } from "pg";
import { escapeIdentifier } from "pg";
import { inspect } from "../mlflow/schema/schema.ts";
import { databaseCause } from "../platform/causes/database.ts";
import type { Config } from "../platform/config.ts";
import { databasePlace, probeDatabase } from "../platform/db/probe.ts";
import { causeOf } from "../platform/once-a-minute.ts";
import { aheadBy, type Check, checkLimit, fails, works } from "./check.ts";

const primary = "MLFLOW_BACKEND_STORE_URI";
const replica = "MLFLOW_READ_REPLICA_BACKEND_STORE_URI";

export interface DatabaseChecks {
  database: Check;
  schema: Check;
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  ahead?: number;
}

/** Looks at the primary on one connection of its own. Changes nothing, and never throws. */
export async function checkDatabase(config: Config): Promise<DatabaseChecks> {
  const uri = config[primary];
  if (!uri) {
    const unset = { message: `No database is set.`, mend: `Set ${primary} to the URI of a PostgreSQL database.` };
    return { database: fails("database", unset), schema: unknownSchema };
  }
  try {
    const { rights, ahead, schema } = await probeDatabase(uri, config, checkLimit, lookAt);
    const { database, role, readOnly } = rights;
    if (readOnly) throw Object.assign(new Error("read-only"), { code: "25006" });
    return { database: works("database", `The role '${role}' has signed in to '${database}'.`), schema, ahead };
  } catch (error) {
    return { database: fails("database", causeIn(error, uri, primary, config)), schema: unknownSchema };
  }
}

/** The same of the read replica, if one is set. */
export async function checkReplica(config: Config): Promise<Check[]> {
  const uri = config[replica];
  if (!uri) return [];
  try {
    await probeDatabase(uri, config, checkLimit, (client) => client.query("SELECT 1"));
    return [works("read replica", "It answers.")];
  } catch (error) {
    return [fails("read replica", causeIn(error, uri, replica, config))];
  }
}

const unknownSchema = fails("schema", {
  message: "It can't be looked at while the database does not work.",
  mend: "Mend the database first.",
});

const causeIn = (error: unknown, uri: string, setting: string, config: Config) =>
  databaseCause(error, databasePlace(uri, setting, config)) ?? {
    message: `The database can't be used: ${causeOf(error)}.`,
    mend: `See ${setting}.`,
  };

interface Rights {
  database: string;
  role: string;
  readOnly: boolean;
  /** The schema that tables would be made in; null where there is none. */
  schema: string | null;
  mayCreate: boolean | null;
  /** On the tables that are there. */
  mayWrite: boolean | null;
  /** Milliseconds since 1970. */
  now: number;
}

const rightsQuery = `
  SELECT current_database()::text AS database, current_user::text AS role, current_schema()::text AS schema,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "readOnly",
    has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate",
    has_table_privilege(to_regclass('experiments'), 'SELECT')
      AND has_table_privilege(to_regclass('experiments'), 'INSERT')
      AND has_table_privilege(to_regclass('experiments'), 'UPDATE') AS "mayWrite",
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;

async function lookAt(client: PoolClient) {
  const before = Date.now();
  const { rows } = await client.query<Rights>(rightsQuery);
  const rights = rows[0]!;
  const ahead = aheadBy(rights.now, before);
  return { rights, ahead, schema: await schemaOf(client, rights) };
}

async function schemaOf(client: PoolClient, rights: Rights): Promise<Check> {
  if (rights.mayWrite === false) return fails("schema", mayNotWrite(rights));
  const { revision, problem } = await inspect(client);
  if (problem) return fails("schema", { message: problem.message });
  if (revision) return works("schema", `The schema is of revision ${revision}.`);
  if (rights.mayCreate)
    return works("schema", "The database is empty; the first request creates MLflow's schema in it.");
  return fails("schema", mayNotCreate(rights));
}

const mayNotWrite = ({ role, database }: Rights) => {
  const grantee = escapeIdentifier(role);
  return {
    message: `The role '${role}' may not read and write MLflow's tables in the database '${database}'.`,
    mend: `Make it their owner, or as the owner run: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${grantee}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${grantee};`,
  };
};

function mayNotCreate({ role, schema, database }: Rights) {
  const grantee = escapeIdentifier(role);
  const message = `The database '${database}' is empty, and the role '${role}' lacks the right CREATE on the schema ${schema ?? "public"}, so that MLflow's tables can't be made.`;
  return {
    message,
    mend: `As the database's owner run: GRANT CREATE ON SCHEMA ${escapeIdentifier(schema ?? "public")} TO ${grantee}; GRANT CREATE ON DATABASE ${escapeIdentifier(database)} TO ${grantee};`,
  };
}
