/** What is looked at before an older database is changed. */
import type { ClientBase } from "pg";
import { authUpgrade } from "../auth-upgrade.ts";
import { refusedWorkspaces, unavailable } from "../revisions.ts";
import { differences, type Objects, objectsAt, readObjects } from "./objects.ts";
import { stepsFolder } from "./steps.ts";

const mostTold = 5;

/**
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where the tables are not those of the head, where the tables of users are
 * of an unknown revision, and where workspaces are in use, which are not served
 */
export async function checkUpgradable(client: ClientBase, revision: string): Promise<void> {
  const found = await readObjects(client);
  const problems = differences(await objectsAt(revision, stepsFolder), found);
  if (problems.length > 0) throw unavailable(otherTables(revision, problems));
  await authUpgrade(client);
  const elsewhere = await workspacesInUse(client, found);
  if (elsewhere.length > 0) throw refusedWorkspaces(elsewhere);
}

function otherTables(revision: string, problems: string[]): string {
  const more = problems.length > mostTold ? `; and ${problems.length - mostTold} more` : "";
  const types = problems.filter(
    (problem) => problem.startsWith("the column") && problem.includes('" and not "'),
  ).length;
  const hint =
    types > mostTold
      ? "The types look like those of another kind of database (MySQL, SQLite) that was copied into PostgreSQL; such a copy can't be upgraded."
      : "A restore or an upgrade was interrupted, or they were changed by hand: restore a whole backup, or put back what is named.";
  return `The database says that it is at revision ${revision}, but its tables are not those of this revision: ${problems.slice(0, mostTold).join("; ")}${more}. ${hint} Nothing was changed.`;
}

const named = { experiments: "experiments", registered_models: "registered models", webhooks: "webhooks" };

async function workspacesInUse(client: ClientBase, found: Objects): Promise<string[]> {
  const used: string[] = [];
  for (const [table, name] of Object.entries(named)) {
    if (!found.has(`column ${table}.workspace`)) continue;
    const { rows } = await client.query(`SELECT FROM ${table} WHERE workspace <> 'default' LIMIT 1`);
    if (rows.length > 0) used.push(name);
  }
  return used;
}
