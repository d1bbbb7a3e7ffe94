/** Who may do what with a run. */
import { checkInside, type Inside, rule } from "../access/rules.ts";
import { createsInside } from "../experiments/may.ts";
import { checkModels } from "../logged-models/may.ts";
import { sql } from "../platform/db/sql.ts";
import type { Asking, Checked, Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";
import { runErrors } from "./errors.ts";

const inside: Inside = {
  type: "run",
  experimentsOf: (db, ids) =>
    db.query(sql`
      SELECT run_uuid AS id, experiment_id::text AS experiment FROM runs WHERE run_uuid = ANY(${[...ids]}::text[])`),
  notFound: runErrors.notFound,
};

/** @throws MlflowError unless the action is allowed on each of these runs */
export const checkRuns = (action: Action, ids: readonly string[], asking: Pick<Asking, "db" | "facts">): Checked =>
  checkInside(inside, action, ids, asking);

/** The action on the run that the input names. */
export const run = (action: Action): Rule<{ run_id: string }> =>
  rule(`${action} run`, ({ run_id }, asking) => checkRuns(action, [run_id], asking));

/** The action on each of the runs that the input names. */
export const runs = (action: Action): Rule<{ run_ids: string[] }> =>
  rule(`${action} runs`, ({ run_ids }, asking) => checkRuns(action, run_ids, asking));

/** The same, where a query names them by the name of one. */
export const runsInQuery = (action: Action): Rule<{ run_id: string[] }> =>
  rule(`${action} runs`, ({ run_id }, asking) => checkRuns(action, run_id, asking));

interface NamesModel {
  model_id?: string | undefined;
}

interface Logged extends NamesModel {
  run_id: string;
  metrics?: NamesModel[];
  models?: NamesModel[];
}

/** To log into the run that the input names, and to the logged models that it names beside. */
export const logsInto: Rule<Logged> = rule("update run and logged models", async (input, asking) => {
  await checkRuns("update", [input.run_id], asking);
  const named = [input, ...(input.metrics ?? []), ...(input.models ?? [])].map(({ model_id }) => model_id);
  const models = new Set(named.filter((id): id is string => Boolean(id)));
  if (models.size > 0) await checkModels("update", [...models], asking);
});

/** To create a logged model in the experiment that the input names, made by a run that can be read. */
export const createsLoggedModel: Rule<{ experiment_id: string; source_run_id?: string | undefined }> = rule(
  "create logged_model in experiment, read run",
  async (input, asking) => {
    await createsInside("logged_model").check(input, asking);
    if (input.source_run_id) await checkRuns("read", [input.source_run_id], asking);
  },
);
