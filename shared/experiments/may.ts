/** Who may do what with an experiment. */
import { rule, type SubType } from "../access/rules.ts";
import { denied } from "../platform/errors.ts";
import type { Rule } from "../platform/http/route.ts";
import type { Access, Action, Resource } from "../platform/identity/access.ts";
import { experimentErrors } from "./errors.ts";

const type = "experiment";

/** An id as grants have it; anything else is refused as the handler refuses it. */
const canonical = (id: string) => (/^\d+$/.test(id) ? id.replace(/^0+(?=\d)/, "") : id);

export const experimentResource = (id: string): Resource => ({ type, id: canonical(id) });

/** @throws MlflowError unless the action is allowed; what can't be read is refused like what is absent */
export function checkExperiment(access: Access, action: Action, id: string): void {
  const resource = experimentResource(id);
  if (!access.may("read", resource)) {
    if (access.may("read", { type, id: "*" })) throw experimentErrors.notFound(id);
    throw denied();
  }
  if (!access.may(action, resource)) throw denied();
}

/** The action on the experiment that the input names. */
export const experiment = (action: Action): Rule<{ experiment_id: string | undefined }> =>
  rule(`${action} experiment`, ({ experiment_id = "" }, { db }) =>
    checkExperiment(db.scope.access, action, experiment_id),
  );

/** The action on each of the experiments that the input names. */
export const experiments = (action: Action): Rule<{ experiment_ids: string[] }> =>
  rule(`${action} experiments`, ({ experiment_ids }, { db }) => {
    for (const id of experiment_ids) checkExperiment(db.scope.access, action, id);
  });

/** To create what lies in the experiment that the input names. */
export const createsInside = (inside: SubType): Rule<{ experiment_id: string | undefined }> =>
  rule(`create ${inside} in experiment`, ({ experiment_id = "" }, { db }) => {
    checkExperiment(db.scope.access, "update", experiment_id);
    if (db.scope.access.isDenied(inside)) throw denied();
  });

const subTypes: SubType[] = ["run", "trace", "logged_model", "assessment", "review_queue", "scorer", "scorer_version"];

/** @throws MlflowError unless the experiment may be deleted with all it has */
export function checkExperimentWithAll(access: Access, id: string): void {
  checkExperiment(access, "delete", id);
  const own = experimentResource(id);
  if (!subTypes.every((subType) => access.may("delete", { type: subType, id: "*" }, own))) throw denied();
}

/** To delete or restore the experiment that the input names, and with it all it has. */
export const experimentWithAll: Rule<{ experiment_id: string | undefined }> = rule(
  "delete experiment with all it has",
  ({ experiment_id = "" }, { db }) => checkExperimentWithAll(db.scope.access, experiment_id),
);
