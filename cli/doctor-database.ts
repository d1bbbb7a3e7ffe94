/** What the database lacks, and how to mend it. */
import type { PoolClient } from "pg";
import { MissingGrant } from "../shared/mlflow/schema/own-tables.ts";
import { lackingMigrations } from "../shared/mlflow/schema/schema.ts";
import { databaseCause } from "../shared/platform/causes/database.ts";
import type { Config } from "../shared/platform/config.ts";
import type { AppContext } from "../shared/platform/context.ts";
import type { Database } from "../shared/platform/db/database.ts";
import { databasePlace } from "../shared/platform/db/probe.ts";
import { limitRole, timeLimits } from "../shared/platform/db/time-limits.ts";
import { MlflowError } from "../shared/platform/errors.ts";
import { causeOf } from "../shared/platform/once-a-minute.ts";
import type { Look } from "./findings.ts";

const primaryName = "MLFLOW_BACKEND_STORE_URI";
const replicaName = "MLFLOW_READ_REPLICA_BACKEND_STORE_URI";

/** Looks at the database of the settings, and changes nothing in it. */
export async function lookAtDatabase({ config, database }: AppContext): Promise<Look> {
  if (!config[primaryName]) return { good: false, text: `none is set: ${primaryName} names a PostgreSQL database` };
  return lookAt(database(), config, primaryName);
}

/** The same of the read replica, which has to be set. */
export const lookAtReplica = ({ config, readDatabase }: AppContext): Promise<Look> =>
  lookAt(readDatabase(), config, replicaName);

async function lookAt(db: Database, config: Config, setting: typeof primaryName | typeof replicaName): Promise<Look> {
  try {
    const limited = await db.isLimited();
    const client = await db.connect();
    return await look(client, config, limited).finally(() => client.release());
  } catch (error) {
    const cause = error instanceof MlflowError && error.cause instanceof Error ? error.cause : (error as Error);
    return { good: false, text: `it can't be reached: ${causeOf(cause)}.${remedyFor(cause, setting, config)}` };
  } finally {
    await db.end();
  }
}

interface State {
  name: string;
  role: string;
  hasSchema: boolean;
  /** Whether ILIKE folds É to é. */
  folds: boolean;
  locale: string;
}

const stateQuery = `
  SELECT current_database() AS name, current_user AS role, to_regclass('alembic_version') IS NOT NULL AS "hasSchema", 'É' ILIKE 'é' AS folds,
    datctype AS locale FROM pg_database WHERE datname = current_database()`;

async function look(client: PoolClient, settings: Config, limited: boolean): Promise<Look> {
  const { rows } = await client.query<State>(stateQuery);
  const { name, role, hasSchema, folds, locale } = rows[0]!;
  const lacks = hasSchema ? await ofSchema(client, settings.MLFLOW_FUNCTIONS_SCHEMA) : [];
  if (!limited)
    lacks.push(`its pooler takes no time limits from the app and the role has none, so that each statement needs two round trips
         more. Run: ${limitRole(timeLimits(settings), role, name)}`);
  if (!folds)
    lacks.push(`its lc_ctype is ${locale}, so that ILIKE takes only A to Z without regard to case: a filter name ILIKE 'été' does not
         find 'Été'. Only a new database changes that: CREATE DATABASE ... TEMPLATE template0 with LOCALE 'C.UTF-8' or another of
         UTF-8 (LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' from PostgreSQL 17 on), pg_dump and restore`);
  if (lacks.length > 0) return { good: false, text: lacks.join("; ") };
  return {
    good: true,
    text: hasSchema ? `'${name}' can be used` : `'${name}' gets MLflow's schema with the first request`,
  };
}

async function ofSchema(client: PoolClient, ownSchema: string | undefined): Promise<string[]> {
  try {
    const lacking = await lackingMigrations(client, ownSchema);
    return lacking.length > 0
      ? [`it lacks ${new Intl.ListFormat("en").format(lacking)} of ours: searches are slower. Run: npm run migrate`]
      : [];
  } catch (error) {
    if (error instanceof MissingGrant || error instanceof MlflowError) return [error.message];
    throw error;
  }
}

function remedyFor(error: Error, setting: typeof primaryName | typeof replicaName, config: Config): string {
  const cause = databaseCause(error, databasePlace(config[setting]!, setting, config));
  return cause ? ` ${cause.message} ${cause.mend}` : "";
}
