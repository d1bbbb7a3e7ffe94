import type { ClientBase } from "pg";
import { MlflowError } from "../../platform/errors.ts";
import { mlflowVersion } from "../version.ts";

/** The Alembic heads this app serves, with the MLflow release each belongs to. The first is the one it creates. */
const accepted = new Map([
  ["f4a9b2c7d1e6", `MLflow ${mlflowVersion}`],
  ["dc11669786a5", "MLflow 3.17"],
]);

/** Every revision up to the served head, oldest first (mlflow/store/db_migrations/versions). */
const chain =
  `451aebb31d03 90e64c465722 181f10493468 df50e92ffc5e 7ac759974ad8 89d4b8295536 2b4d017a5e9b cfd24bdc0731 0a8213491aaa
  728d730b5ebd 27a6a02d2cf1 84291f40a231 a8c4a736bde6 39d1c3be5f05 c48cb773bb87 bd07f7e963c5 0c779009ac13 cc1f77228345
  97727af70f4d 3500859a5d39 7f2a7d5fae7d 2d6e25af4d3e acf3f17fdcc7 867495a8f9d4 5b0e9adcef9c 4465047574b1 f5a4f2784254
  0584bdc529eb 400f98739977 6953534de441 bda7b8c39065 cbc13b556ace 770bee3ae1dd a1b2c3d4e5f6 de4033877273 1a0cddfcaa16
  534353b11cbc 71994744cf8e 3da73c924c2f bf29a5ff90ea 1bd49d398cd23 b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae
  d3e4f5a6b7c8 d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1 e1f2a3b4c5d6 76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9
  7d34483879f0 da6fb0208061 89d3d66ed43f b7e4c1a90f23 a8b9c0d1e2f3 c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e 1971f2d9a75b
  17e22815139b b7e2c1a4d9f3 75868b020152 dc11669786a5 e7d1f4b2a9c6 8b6ad64cb8f5 f4a9b2c7d1e6`.split(/\s+/);

/** The head of MLflow 2.0.1, from which on `npm run migrate` brings a database to the served head. */
const oldest = "97727af70f4d";

/**
 * The revisions that a database at the head `revision` still needs, in order. Undefined for one that is not known, or
 * is older than MLflow 2.0.
 */
export function revisionsAfter(revision: string): string[] | undefined {
  const at = chain.indexOf(revision);
  return at < chain.indexOf(oldest) ? undefined : chain.slice(at + 1);
}

const acceptedRevisions = [...accepted].map(([revision, release]) => `${revision} (${release})`).join(" and ");

const upgrade = "Back the database up, then run `npm run migrate`, which brings it to this revision.";
const stockUpgrade = `\`mlflow db upgrade <uri of the database>\` with MLflow ${mlflowVersion}`;

export const unavailable = (message: string, cause?: unknown) =>
  new MlflowError("TEMPORARILY_UNAVAILABLE", message, { cause });

/** The rows of `alembic_version`, in order. */
export async function readRevisions(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ version_num: string }>("SELECT version_num FROM alembic_version ORDER BY 1");
  return rows.map((row) => row.version_num);
}

/** Whether these rows of `alembic_version` are one accepted head. */
export const isAccepted = (revisions: readonly string[]): boolean =>
  revisions.length === 1 && accepted.has(revisions[0]!);

/** The refusal of a database whose `alembic_version` holds these rows; undefined means that it has no such table. */
export function refusedRevision(revisions: readonly string[] | undefined): MlflowError {
  if (revisions === undefined)
    return unavailable(
      `The database has tables but no alembic_version, so it holds no MLflow schema; accepted are ${acceptedRevisions}. Set MLFLOW_BACKEND_STORE_URI to an empty database, or to an MLflow one.`,
    );
  if (isAccepted(revisions))
    return unavailable(
      `The database is stamped as schema revision ${revisions[0]} but lacks tables or columns of it: a restore or an upgrade was interrupted. Restore it from a backup.`,
    );
  if (revisions.length !== 1)
    return unavailable(
      `The database's alembic_version holds ${revisions.length} revisions (${revisions.join(", ") || "none"}) where there must be one; accepted are ${acceptedRevisions}. Leave the row that says what the tables are, or restore a backup, then run \`npm run migrate\`.`,
    );
  const found = `The database is at schema revision ${revisions[0]}; accepted are ${acceptedRevisions}.`;
  if (revisionsAfter(revisions[0]!)) return unavailable(`${found} ${upgrade}`);
  return unavailable(
    chain.includes(revisions[0]!)
      ? `${found} This revision is older than MLflow 2.0. Back the database up, then run ${stockUpgrade} and try again.`
      : `${found} This revision is not known here: it is likely a newer MLflow's. Install a newer version of mlflow-functions.`,
  );
}

/**
 * Refused as stock refuses to start with workspaces off (_initialize_store_state of its tracking and registry stores).
 */
export const refusedWorkspaces = (entities: readonly string[]): MlflowError =>
  unavailable(
    `The database has ${entities.join(" and ")} in workspaces other than 'default', and workspaces are not served here. Move them to the workspace 'default', or serve this database with a stock server that has MLFLOW_ENABLE_WORKSPACES=true.`,
  );
