/** Brings the database of an older MLflow to the served head, step by step, as `mlflow db upgrade` does. */
import type { ClientBase } from "pg";
import { sqlState } from "../../../platform/db/errors.ts";
import { MlflowError } from "../../../platform/errors.ts";
import { locked, type Pool, unlimited, withClient } from "../locked.ts";
import { readRevisions, unavailable } from "../revisions.ts";
import { checkUpgradable } from "./check.ts";
import { watchIndex } from "./index-progress.ts";
import { differences, objectsAt, readObjects } from "./objects.ts";
import { countTouched, type Step, stepsAfter, stepsFolder, type Touched } from "./steps.ts";

/** What is told while it runs. */
export interface Progress {
  /** Another process is at it. */
  waiting(): void;
  started(step: Step, number: number, of: number): void;
  /** The share of the current step that is done, from 0 to 1. */
  share(share: number): void;
  finished(step: Step): void;
}

const silent: Progress = { waiting() {}, started() {}, share() {}, finished() {} };

/**
 * Each step is a transaction of its own, so what is killed goes on where it was. Several at once take turns. Answers
 * the revisions that were reached; none where the database is at the head, empty, or nothing that can be upgraded.
 * @param lockSeconds a step waits for a table that another connection uses: all who come after wait behind it
 * @throws MlflowError TEMPORARILY_UNAVAILABLE where the tables are not those of the revision, or a step fails
 */
export async function upgrade(pool: Pool, progress: Progress = silent, lockSeconds = 30): Promise<string[]> {
  const reached: string[] = [];
  while (true) {
    const step = await withClient(pool, (client) =>
      locked(client, () => takeStep(client, { pool, progress, lockSeconds, taken: reached.length }), {
        settings: [...unlimited, "extra_float_digits = 3"],
        waiting: () => progress.waiting(),
      }),
    );
    if (!step) return reached;
    reached.push(step.revision);
    progress.finished(step);
  }
}

interface Taking {
  pool: Pool;
  progress: Progress;
  lockSeconds: number;
  /** How many steps were taken before. */
  taken: number;
}

/** The step that was taken; undefined where there is none to take. */
async function takeStep(client: ClientBase, taking: Taking): Promise<Step | undefined> {
  const { pool, progress, taken } = taking;
  const steps = await pendingSteps(client);
  const step = steps?.[0];
  if (!step) return undefined;
  if (taken === 0) await checkUpgradable(client, step.from);
  progress.started(step, taken + 1, taken + steps.length);
  const makesIndexes = step.touched.some(({ verb }) => verb === "indexes");
  const stop = makesIndexes ? await watchIndex(client, pool, progress.share) : undefined;
  try {
    await run(client, step, taking);
  } catch (error) {
    throw failed(step, error);
  } finally {
    stop?.();
  }
  return step;
}

async function run(client: ClientBase, step: Step, { progress, lockSeconds }: Taking): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = '${lockSeconds}s'`);
  await step.run(client, (done, total) => progress.share(done / total));
  const problems = differences(await objectsAt(step.revision, stepsFolder), await readObjects(client));
  if (problems.length > 0) throw unavailable(`after it, ${problems.join(", ")}`);
  const { rowCount } = await client.query("UPDATE alembic_version SET version_num = $1 WHERE version_num = $2", [
    step.revision,
    step.from,
  ]);
  if (rowCount !== 1) throw unavailable("alembic_version was changed by another program");
}

/** Undefined where the database has no one revision that is known here. */
async function pendingSteps(client: ClientBase): Promise<Step[] | undefined> {
  const { rows } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('alembic_version') IS NOT NULL AS exists",
  );
  const revisions = rows[0]!.exists ? await readRevisions(client) : [];
  return revisions.length === 1 ? stepsAfter(revisions[0]!) : undefined;
}

const lockNotAvailable = "55P03";
const insufficientPrivilege = "42501";

function failed({ from, revision, title }: Step, error: unknown): unknown {
  const reason = error instanceof Error ? error.message : String(error);
  const code = sqlState(error);
  if (code === undefined && !(error instanceof MlflowError)) return error;
  return unavailable(
    `The step to revision ${revision} (${title.replace(/\.$/, "")}) failed and was taken back: ${reason}. The database is at revision ${from}. ${remedy(code)}`,
    error,
  );
}

function remedy(code: string | undefined): string {
  if (code === lockNotAvailable)
    return "Another connection uses its tables: stop the MLflow server and what else uses the database, then run this again.";
  if (code === insufficientPrivilege) return "Run this as the owner of MLflow's tables.";
  return "Mend what is named, then run this again: it goes on from there.";
}

/** A step that is still to be taken, with the rows that it goes through. */
export interface PlannedStep {
  revision: string;
  title: string;
  touched: (Touched & { rows: number })[];
}

export interface Plan {
  from: string;
  steps: PlannedStep[];
}

/**
 * What `upgrade` would do. Changes nothing; the connection is in a transaction meanwhile.
 * @throws MlflowError as `upgrade` does before it begins
 */
export async function planUpgrade(client: ClientBase): Promise<Plan | undefined> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    for (const setting of unlimited) await client.query(`SET LOCAL ${setting}`);
    const steps = await pendingSteps(client);
    if (!steps?.[0]) return undefined;
    await checkUpgradable(client, steps[0].from);
    const planned: PlannedStep[] = [];
    for (const { revision, title, touched } of steps) {
      const counted: PlannedStep["touched"] = [];
      for (const one of touched) counted.push({ ...one, rows: await countTouched(client, one) });
      planned.push({ revision, title, touched: counted });
    }
    return { from: steps[0].from, steps: planned };
  } finally {
    await client.query("ROLLBACK");
  }
}
