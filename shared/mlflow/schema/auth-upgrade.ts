/** Brings stock's tables of users to the served revision, as `python -m mlflow.server.auth db upgrade` does. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { authRevisions, authRevisionsAfter, refuseOtherHead } from "./auth-tables.ts";
import { unavailable } from "./revisions.ts";

/** Tables by the revision that made them; later ones keep them. */
const made: Record<string, string[]> = {
  "8606fa83a998": ["users", "experiment_permissions", "registered_model_permissions"],
  "0965eb92f5f0": ["scorer_permissions"],
  a1b2c3d4e5f6: ["gateway_secret_permissions", "gateway_endpoint_permissions", "gateway_model_definition_permissions"],
  "2ed73881770d": ["workspace_permissions"],
  c3d4e5f6a7b8: ["roles", "role_permissions", "user_role_assignments"],
};

/**
 * The revisions that are still to be reached; undefined where there are no tables of users.
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where they are of a revision that is not known here, or tables are
 *   missing
 */
export async function authUpgrade(client: ClientBase): Promise<{ from: string; steps: string[] } | undefined> {
  const revisions = await authRevisions(async (statement) => (await client.query(statement)).rows);
  if (!revisions) return undefined;
  const from = revisions[0] ?? "";
  const steps = revisions.length === 1 ? authRevisionsAfter(from) : undefined;
  if (!steps) refuseOtherHead(revisions);
  if (steps?.length) await checkTables(client, from, steps);
  return { from, steps: steps ?? [] };
}

async function checkTables(client: ClientBase, from: string, steps: readonly string[]): Promise<void> {
  const needed = Object.entries(made).flatMap(([revision, tables]) => (steps.includes(revision) ? [] : tables));
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NULL",
    [needed],
  );
  if (rows.length === 0) return;
  const missing = rows.map(({ name }) => name).join(", ");
  throw unavailable(
    `The database says that its tables of users are at revision ${from} (alembic_version_auth), but ${missing} is missing. Restore a whole backup. Nothing was changed.`,
  );
}

/** Takes the steps within the caller's transaction. @param folder of the migrations */
export async function upgradeAuthTables(client: ClientBase, folder: string, steps: readonly string[]): Promise<void> {
  // Who comes after a waiting ALTER TABLE waits behind it.
  await client.query("SET LOCAL lock_timeout = '30s'");
  for (const revision of steps) await client.query(await readFile(join(folder, "auth", `${revision}.sql`), "utf8"));
  await client.query("UPDATE alembic_version_auth SET version_num = $1", [steps.at(-1)]);
  await client.query("SET LOCAL lock_timeout = 0");
}
