/** Stock's tables of users, roles and permissions. They have a revision of their own. */
import type { Statements } from "../../platform/db/database.ts";
import { sql } from "../../platform/db/sql.ts";
import type { MlflowError } from "../../platform/errors.ts";
import { mlflowVersion } from "../version.ts";
import { unavailable } from "./revisions.ts";

/** The head of MLflow 3.17.2 and 3.18 (mlflow/server/auth/db/migrations). */
const authHead = "f1a2b3c4d5e6";

/** The first one, of MLflow 2.5. Before 3.6 no table said so. */
export const firstAuthRevision = "8606fa83a998";

/** All of them in order. */
const known = [
  firstAuthRevision,
  "0965eb92f5f0",
  "a1b2c3d4e5f6",
  "2ed73881770d",
  "c3d4e5f6a7b8",
  "e5f6a7b8c9d0",
  authHead,
];

/** The revisions after this one to the served head; undefined where it is not known. */
export const authRevisionsAfter = (revision: string): string[] | undefined =>
  known.includes(revision) ? known.slice(known.indexOf(revision) + 1) : undefined;

/** The steps that make the tables of a revision. */
export const authRevisionsTo = (revision: string): string[] => known.slice(0, known.indexOf(revision) + 1);

interface Found {
  hasUsers: boolean;
  hasVersion: boolean;
  /** Whether the tables are those of the first revision. */
  areFirst: boolean;
}

/**
 * What a database has of them: the revisions of `alembic_version_auth`, or undefined where there are no such tables.
 * Without it they are of the first revision (mlflow/server/auth/db/utils.py, _is_legacy_database).
 */
export async function authRevisions(query: Statements["query"]): Promise<string[] | undefined> {
  const [found] = await query<Found>(sql`SELECT to_regclass('users') IS NOT NULL AS "hasUsers",
    to_regclass('alembic_version_auth') IS NOT NULL AS "hasVersion",
    to_regclass('experiment_permissions') IS NOT NULL AND to_regclass('registered_model_permissions') IS NOT NULL 
      AND to_regclass('scorer_permissions') IS NULL AS "areFirst"`);
  const { hasUsers, hasVersion, areFirst } = found!;
  if (!hasVersion && hasUsers) return areFirst ? [firstAuthRevision] : [];
  if (!hasVersion) return undefined;
  const rows = await query<{ revision: string }>(
    sql`SELECT version_num AS revision FROM alembic_version_auth ORDER BY 1`,
  );
  return rows.map(({ revision }) => revision);
}

/**
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where the tables are missing or of another revision, with what to run
 */
export async function requireAuthTables(db: Statements): Promise<void> {
  const revisions = await authRevisions(db.query);
  if (revisions === undefined)
    throw unavailable("The database has no tables of users yet. Run `npm run migrate` on it.");
  const [revision = ""] = revisions;
  if (revisions.length === 1 && authRevisionsAfter(revision)?.length)
    throw unavailable(
      `The database's tables of users are at revision ${revision} (alembic_version_auth); accepted is ${authHead}. Back the database up, then run \`npm run migrate\` on it.`,
    );
  refuseOtherHead(revisions);
}

/** @throws MlflowError TEMPORARILY_UNAVAILABLE */
export function refuseOtherHead(revisions: readonly string[]): void {
  if (revisions.length === 1 && revisions[0] === authHead) return;
  throw otherHead(revisions);
}

const otherHead = (revisions: readonly string[]): MlflowError =>
  unavailable(
    `The database's tables of users are at revision ${revisions.join(", ") || "none"} (alembic_version_auth); accepted is ${authHead}. Back the database up, then run \`python -m mlflow.server.auth db upgrade --url <uri of the database>\` with MLflow ${mlflowVersion}; where that does not know the revision, install a newer version of mlflow-functions.`,
  );
