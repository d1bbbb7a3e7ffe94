/** Stock's tables of users, roles and permissions. They have a revision of their own. */
import type { Statements } from "../../platform/db/database.ts";
import { sql } from "../../platform/db/sql.ts";
import type { MlflowError } from "../../platform/errors.ts";
import { mlflowVersion } from "../version.ts";
import { unavailable } from "./revisions.ts";

/** The head of MLflow 3.17.2 and 3.18 (mlflow/server/auth/db/migrations). */
const authHead = "f1a2b3c4d5e6";

interface Found {
  hasUsers: boolean;
  hasVersion: boolean;
}

/**
 * What a database has of them: the revisions of `alembic_version_auth`, or undefined where there are no such tables.
 */
export async function authRevisions(query: Statements["query"]): Promise<string[] | undefined> {
  const [found] = await query<Found>(sql`SELECT to_regclass('users') IS NOT NULL AS "hasUsers",
    to_regclass('alembic_version_auth') IS NOT NULL AS "hasVersion"`);
  if (!found!.hasVersion) return found!.hasUsers ? [] : undefined;
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
