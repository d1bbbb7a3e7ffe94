/** Where our own tables lie. They belong to one MLflow, that is, to one schema of a database. */
import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { escapeIdentifier, escapeLiteral } from "pg";
import { sqlState } from "../../platform/db/errors.ts";
import { unavailable } from "./revisions.ts";

interface Place {
  /** The schema of MLflow's tables. */
  mlflow: string;
  database: string;
  role: string;
  /** Whose MLflow's tables are. */
  owner: string;
}

const names = ["migrations", "principals", "principal_permissions", "principal_roles", "tokens"] as const;

/** Our tables, as SQL writes them; `migrations` remembers which of our migrations were applied. */
type Named = Record<(typeof names)[number], string>;

export interface OwnTables extends Place, Named {
  schema: string;
}

const base = "mlflow_functions";
// Postgres cuts longer names.
const maxBytes = 63;

const placeQuery = `
  SELECT coalesce(n.nspname, current_schema())::text AS mlflow, current_database()::text AS database,
    current_user::text AS role, coalesce(pg_get_userbyid(c.relowner), current_user)::text AS owner
  FROM (SELECT to_regclass('alembic_version') AS oid) found
  LEFT JOIN pg_class c ON c.oid = found.oid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace`;

/**
 * Our tables lie in the schema `mlflow_functions` for the MLflow in `public`, in `mlflow_functions_<schema>` for one in
 * another schema, and under names of their own in the schema `setting` where that is given. They need not exist yet.
 */
export async function ownTables(client: ClientBase, setting: string | undefined): Promise<OwnTables> {
  const { rows } = await client.query<Place>(placeQuery);
  const place = rows[0]!;
  const schema = setting ?? (place.mlflow === "public" ? base : derived(place.mlflow));
  const prefix = escapeIdentifier(schema) + (setting === undefined ? "." : `.${base}_`);
  return { ...place, schema, ...(Object.fromEntries(names.map((name) => [name, prefix + name])) as Named) };
}

function derived(mlflow: string): string {
  const name = `${base}_${mlflow}`;
  return Buffer.byteLength(name) <= maxBytes ? name : `${base}_${createHash("md5").update(mlflow).digest("hex")}`;
}

/** Replaces the names of our tables, such as `{migrations}`, and `{mlflow}` in the text of a migration. */
export const fillIn = (text: string, own: OwnTables): string =>
  text.replaceAll(/\{(\w+)\}/g, (all, name: string) => {
    if (name === "mlflow") return escapeLiteral(own.mlflow);
    return names.includes(name as keyof Named) ? own[name as keyof Named] : all;
  });

/** What a role may lack. */
type Right = "create the schema" | "use the schema" | "change MLflow's tables";

function grantOf(right: Right, { database, schema, owner, role }: OwnTables): string {
  const to = `TO ${escapeIdentifier(role)}`;
  switch (right) {
    case "create the schema":
      return `GRANT CREATE ON DATABASE ${escapeIdentifier(database)} ${to};`;
    case "use the schema":
      return `GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(schema)} ${to};`;
    case "change MLflow's tables":
      return `GRANT ${escapeIdentifier(owner)} ${to};`;
  }
}

const insufficientPrivilege = "42501";

/** @throws MissingGrant with the statement that an administrator has to run, where the role may not do `work` */
export async function granted<T>(own: OwnTables, right: Right, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (sqlState(cause) !== insufficientPrivilege) throw cause;
    throw new MissingGrant(right, own, cause as Error);
  }
}

/** A role may have the right to use MLflow's tables and lack the right to add ours. */
export class MissingGrant extends Error {
  constructor(right: Right, own: OwnTables, cause: Error) {
    const otherwise =
      right === "create the schema"
        ? ", or set MLFLOW_FUNCTIONS_SCHEMA to a schema in which this role may create tables"
        : "";
    super(
      `What is mlflow-functions' own can't be added (${cause.message}). As an administrator run \`${grantOf(right, own)}\`${otherwise}, then \`npm run migrate\`. Until then all is served, and searches are slower.`,
      { cause },
    );
  }
}

/** The schema of a setting holds what belongs to another MLflow of this database. */
export const refusedSharing = ({ schema, mlflow }: OwnTables, other: string): Error =>
  unavailable(
    `The schema ${schema} holds what is mlflow-functions' own for the MLflow in the schema ${other}, and this one is in ${mlflow}: set MLFLOW_FUNCTIONS_SCHEMA to another schema, or leave it out.`,
  );
