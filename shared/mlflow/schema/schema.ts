/** The schema on first use: creates it in an empty database, and refuses what is not MLflow's. */

import type { ClientBase, PoolClient } from "pg";
import type {} from "../../platform/azure/address.ts";
import { connectionError, isBroken, sqlState } from "../../platform/db/errors.ts";
import type { MlflowError } from "../../platform/errors.ts";
import { createDefaultExperiment } from "./default-experiment.ts";
import { addAuthTables, applyMigrations, createStockSchema, pendingMigrations } from "./migrations.ts";
import { MissingGrant, ownTables } from "./own-tables.ts";
import { isAccepted, refusedRevision, refusedWorkspaces, unavailable } from "./revisions.ts";

/** A pool of `pg`, or anything that lends connections in the same way. */
interface Pool {
  connect(): Promise<PoolClient>;
}

const firstUseLimit = 60_000;

export interface SchemaSettings {
  /** What experiment 0's artifact location is made from. */
  defaultArtifactRoot: string;
  /** The schema of our own tables, where it is not the one that goes with MLflow's. */
  ownSchema?: string | undefined;
}

/** What `migrate` did. */
export interface Migrated {
  revision: string;
  createdSchema: boolean;
  /** Whether the tables of users were missing. */
  createdUsers: boolean;
  /** The names of our own migrations that were applied, in order. */
  applied: string[];
}

/**
 * Makes sure that the app can serve this database: one round trip if it can. An empty one gets the whole schema, our
 * own additions included as far as the role may make them, once, however many processes ask at the same time.
 * Experiment 0 is made again if missing.
 * @throws MlflowError TEMPORARILY_UNAVAILABLE for a database of another revision or with other workspaces in use,
 * REQUEST_LIMIT_EXCEEDED where it can't be reached
 */
export async function ensureSchema(pool: Pool, settings: SchemaSettings): Promise<void> {
  await withClient(pool, (client) => prepare(client, settings), firstUseLimit);
}

/**
 * The same, and applies what is pending of our own migrations: the only thing that adds to a stock database.
 * @throws MlflowError as `ensureSchema`, MissingGrant where the role may not
 */
export async function migrate(pool: Pool, settings: SchemaSettings): Promise<Migrated> {
  return withClient(pool, async (client) => {
    const { revision, created } = await prepare(client, settings);
    const createdSchema = created !== undefined;
    if (created?.length) return { revision, createdSchema, createdUsers: true, applied: created };
    const added = await locked(client, () => addWithoutLimits(client, settings));
    return { revision, createdSchema, ...added, createdUsers: createdSchema || added.createdUsers };
  });
}

/**
 * The names of our own migrations that the database still lacks. Changes nothing.
 * @throws MissingGrant where the role may not look
 */
export async function lackingMigrations(client: ClientBase, ownSchema?: string): Promise<string[]> {
  return pendingMigrations(client, await ownTables(client, ownSchema));
}

/** What a database holds, for who only looks. */
export interface Found {
  /** Undefined where there are no tables yet. */
  revision: string | undefined;
  /** Why the app does not serve it. */
  problem: MlflowError | undefined;
}

/** What `ensureSchema` would find. Changes nothing. */
export async function inspect(client: ClientBase): Promise<Found> {
  const state = await look(client);
  const revisions = state?.revisions ?? (await stamps(client));
  if (!state && !revisions && (await isEmpty(client))) return { revision: undefined, problem: undefined };
  if (!state || !isAccepted(state.revisions)) return { revision: revisions?.[0], problem: refusedRevision(revisions) };
  const problem = state.elsewhere.length > 0 ? refusedWorkspaces(state.elsewhere) : undefined;
  return { revision: state.revisions[0], problem };
}

/** Indexes of a large table may take longer than requests may. */
async function addWithoutLimits(client: ClientBase, settings: SchemaSettings) {
  await client.query("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
  const createdUsers = await addAuthTables(client, await ownTables(client, settings.ownSchema));
  return { createdUsers, applied: await applyOwn(client, settings) };
}

const applyOwn = async (client: ClientBase, { ownSchema }: SchemaSettings) =>
  applyMigrations(client, await ownTables(client, ownSchema));

interface Prepared {
  revision: string;
  /** Our own migrations, where the schema was created. */
  created: string[] | undefined;
}

async function prepare(client: ClientBase, settings: SchemaSettings): Promise<Prepared> {
  let state = await look(client);
  let created: string[] | undefined;
  if (!state) {
    created = await createIfEmpty(client, settings);
    state = await look(client);
  }
  if (!state || !isAccepted(state.revisions)) throw refusedRevision(state?.revisions ?? (await stamps(client)));
  if (state.elsewhere.length > 0) throw refusedWorkspaces(state.elsewhere);
  if (!state.hasDefault) await createDefaultExperiment(client, settings.defaultArtifactRoot);
  return { revision: state.revisions[0]!, created };
}

interface State {
  revisions: string[];
  hasDefault: boolean;
  /** Rows in workspaces other than the default one. */
  elsewhere: string[];
}

const lookQuery = `
  SELECT array(SELECT version_num FROM alembic_version ORDER BY 1) AS revisions,
    EXISTS (SELECT FROM experiments WHERE experiment_id = 0) AS "hasDefault",
    array(SELECT 'experiments' WHERE EXISTS (SELECT FROM experiments WHERE workspace <> 'default')
      UNION ALL SELECT 'registered models' WHERE EXISTS (SELECT FROM registered_models WHERE workspace <> 'default')
      UNION ALL SELECT 'webhooks' WHERE EXISTS (SELECT FROM webhooks WHERE workspace <> 'default')) AS elsewhere`;

/** Undefined if a needed table or column is missing: the database is empty, old, or not MLflow's. */
async function look(client: ClientBase): Promise<State | undefined> {
  return unlessMissing(async () => (await client.query<State>(lookQuery)).rows[0]);
}

const stamps = (client: ClientBase): Promise<string[] | undefined> =>
  unlessMissing(async () => {
    const { rows } = await client.query<{ version_num: string }>("SELECT version_num FROM alembic_version ORDER BY 1");
    return rows.map((row) => row.version_num);
  });

const undefinedTable = "42P01";
const undefinedColumn = "42703";

async function unlessMissing<T>(query: () => Promise<T>): Promise<T | undefined> {
  try {
    return await query();
  } catch (error) {
    const state = sqlState(error);
    if (state === undefinedTable || state === undefinedColumn) return undefined;
    throw error;
  }
}

/** The names of our own migrations if the schema was created now; undefined if there are tables already. */
async function createIfEmpty(client: ClientBase, settings: SchemaSettings): Promise<string[] | undefined> {
  try {
    return await locked(client, async () => {
      if (!(await isEmpty(client))) return undefined;
      await createStockSchema(client);
      return applyIfGranted(client, settings);
    });
  } catch (cause) {
    if (!(cause instanceof Error) || !mayNotCreate.has(sqlState(cause) ?? "")) throw cause;
    throw unavailable(`The database is empty, and its tables can't be created: ${cause.message}.`, cause);
  }
}

/** Returns nothing if the role may not create them; stock's schema is enough to serve. */
async function applyIfGranted(client: ClientBase, settings: SchemaSettings): Promise<string[]> {
  await client.query("SAVEPOINT own");
  try {
    return await applyOwn(client, settings);
  } catch (error) {
    if (!(error instanceof MissingGrant)) throw error;
    await client.query("ROLLBACK TO SAVEPOINT own");
    return [];
  }
}

// No right, no schema to create in, a read-only database.
const mayNotCreate = new Set(["42501", "3F000", "25006"]);

// A table that came with an extension (PostGIS has one) does not count.
const emptyQuery = `
  SELECT NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) AS empty`;

async function isEmpty(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(emptyQuery);
  return rows[0]!.empty;
}

// "mlfn" as a number. The lock lasts as long as its transaction, so it is safe behind PgBouncer.
const lockKey = 0x6d6c666e;

/**
 * One transaction, one at a time over all processes. Statements after the lock have to see what the last holder did.
 */
async function locked<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** @param milliseconds after which the connection is closed, whatever runs on it */
async function withClient<T>(pool: Pool, work: (client: ClientBase) => Promise<T>, milliseconds?: number): Promise<T> {
  const client = await connect(pool);
  let released = false;
  const release = (broken: boolean) => {
    if (!released) client.release(broken);
    released = true;
  };
  const timer = milliseconds && setTimeout(() => release(true), milliseconds);
  let broken = false;
  try {
    return await work(client);
  } catch (cause) {
    broken = isBroken(cause);
    throw connectionError(cause, "rolled back");
  } finally {
    clearTimeout(timer);
    release(broken);
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw connectionError(cause, "not started");
  }
}
