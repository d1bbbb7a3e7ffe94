/** What `npm run migrate` says about the database of an older MLflow. */
import type { ClientBase } from "pg";
import { type PlannedStep, type Progress, planUpgrade } from "../shared/mlflow/schema/upgrade/upgrade.ts";
import { print } from "../shared/tools/command.ts";
import { showProgress } from "../shared/tools/progress.ts";

// Seconds for a million rows. Rough: only that of indexes was measured, at 2.1 s.
const secondsForAMillion = { checks: 1, indexes: 2, changes: 30, deletes: 3 };

/** What would be done, a line for each step; undefined where the database is at the head. */
export async function describePlan(client: ClientBase): Promise<string | undefined> {
  const plan = await planUpgrade(client);
  if (!plan) return undefined;
  const lines = plan.steps.map((step) => `  ${step.revision}  ${step.title}${describeRows(step)}`);
  const steps = plan.steps.length === 1 ? "1 step" : `${plan.steps.length} steps`;
  const others = await otherConnections(client);
  return [
    `The database is at revision ${plan.from}. To the head there ${plan.steps.length === 1 ? "is" : "are"} ${steps}:`,
    ...lines,
    `That takes about ${duration(plan.steps.reduce((sum, step) => sum + secondsOf(step), 1))}. Back the database up first.`,
    ...(others ? [others] : []),
    "Nothing was changed.",
  ].join("\n");
}

function describeRows({ touched }: PlannedStep): string {
  const there = touched.filter(({ rows }) => rows > 0);
  const parts = there.map(({ verb, table, rows }) => `${verb} ${rows.toLocaleString("en")} rows of ${table}`);
  return parts.length > 0 ? `\n                It ${parts.join(", ")}.` : "";
}

const secondsOf = ({ touched }: PlannedStep): number =>
  touched.reduce((sum, { verb, rows }) => sum + (rows * secondsForAMillion[verb]) / 1e6, 0);

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} minutes`;

/** A sentence about who else uses the database, as far as the role may see it. */
async function otherConnections(client: ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ number: number }>(`
    SELECT count(*)::int AS number FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`);
  const number = rows[0]!.number;
  if (number === 0) return undefined;
  const connections = number === 1 ? "1 other connection uses" : `${number} other connections use`;
  return `${connections} the database. Stop every MLflow server older than 3.18 for the time: what it has loaded does not fit the new tables.`;
}

const everyMilliseconds = 10_000;

/** Prints a line for each step that was taken, and how far the current one is: in a log every ten seconds. */
export function upgradeProgress(): Progress {
  const line = showProgress();
  const isTerminal = process.stdout.isTTY === true;
  let current = "";
  let began = 0;
  let told = 0;
  return {
    waiting: () => line.show("Another process changes the schema: waiting for it."),
    started({ revision }, number, of) {
      current = `${number}/${of}  ${revision}`;
      told = began = Date.now();
      if (isTerminal) line.show(current);
    },
    share(share) {
      if (!isTerminal && Date.now() - told < everyMilliseconds) return;
      told = Date.now();
      const left = ((told - began) / 1000) * (1 / share - 1);
      const rest = Number.isFinite(left) ? `, about ${duration(left)} left` : "";
      line.show(`${current}  ${Math.floor(share * 100)}%${rest}`);
    },
    finished({ title }) {
      line.end();
      print(`${current}  ${title}`);
    },
  };
}
