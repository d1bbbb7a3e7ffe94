/** The schema on first use: creates it in an empty database, and refuses what is not MLflow's. */

import type { ClientBase } from "pg";
import type {} from "../../platform/azure/address.ts";
import { sqlState } from "../../platform/db/errors.ts";
import type { MlflowError } from "../../platform/errors.ts";
import { createDefaultExperiment } from "./default-experiment.ts";
import { locked, type Pool, unlimited, withClient } from "./locked.ts";
import { addAuthTables, applyMigrations, createStockSchema, pendingMigrations } from "./migrations.ts";
import { MissingGrant, ownTables } from "./own-tables.ts";
import { isAccepted, readRevisions, refusedRevision, refusedWorkspaces, unavailable } from "./revisions.ts";
import { type Progress, upgrade } from "./upgrade/upgrade.ts";

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
  /** The revisions that the schema of an older MLflow was brought to, in order. */
  upgraded: string[];
  createdSchema: boolean;
  /** Whether the tables of users were missing. */
  createdUsers: boolean;
  /** How many steps older tables of users were brought on. */
  usersSteps: number;
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
 * The same, brings an older database to the served head before, and applies what is pending of our own migrations: the
 * only thing that adds to a stock database.
 * @param progress is told how far the steps are; with `keep` none is taken
 * @throws MlflowError as `ensureSchema` and `upgrade`, MissingGrant where the role may not
 */
export async function migrate(pool: Pool, settings: SchemaSettings, progress?: Progress | "keep"): Promise<Migrated> {
  const upgraded = progress === "keep" ? [] : await upgrade(pool, progress);
  return withClient(pool, async (client) => {
    const { revision, created } = await prepare(client, settings);
    const createdSchema = created !== undefined;
    if (created?.length)
      return { revision, upgraded, createdSchema, createdUsers: true, usersSteps: 0, applied: created };
    const added = await locked(client, () => addOwn(client, settings), { settings: unlimited });
    return { revision, upgraded, createdSchema, ...added, createdUsers: createdSchema || added.createdUsers };
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

async function addOwn(client: ClientBase, settings: SchemaSettings) {
  const users = await addAuthTables(client, await ownTables(client, settings.ownSchema));
  return { ...users, applied: await applyOwn(client, settings) };
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

const stamps = (client: ClientBase): Promise<string[] | undefined> => unlessMissing(() => readRevisions(client));

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
