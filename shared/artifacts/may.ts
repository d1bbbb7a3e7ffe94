/** Who may do what with an artifact: what decides is whose place it lies in. */
import { checkInside, rule } from "../access/rules.ts";
import { checkExperiment, checkExperimentWithAll } from "../experiments/may.ts";
import { checkModels } from "../logged-models/may.ts";
import type { ArtifactRoot } from "../platform/azure/address.ts";
import { denied } from "../platform/errors.ts";
import type { Asking, Checked, Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";
import { checkRuns } from "../runs/may.ts";
import { experimentsAround, experimentsBelow, type Holder, holderOf } from "./places.ts";
import { artifactsDestination, blobAt } from "./roots.ts";

/** The run in a query: without an id MLflow looks for the run named None. */
export const runNamed = (action: Action): Rule<{ run_id?: string | undefined; run_uuid?: string | undefined }> =>
  rule(`${action} run`, ({ run_id, run_uuid }, asking) => checkRuns(action, [run_id || run_uuid || "None"], asking));

/** To write into the run or logged model that the input names. */
export const signsUpload: Rule<{ run_id?: string | undefined; model_id?: string | undefined }> = rule(
  "update run or logged model",
  async ({ run_id, model_id }, asking) => {
    if (run_id) await checkRuns("update", [run_id], asking);
    if (model_id) await checkModels("update", [model_id], asking);
  },
);

/**
 * The action on what lies below the artifacts destination: decided on the run, logged model or trace in whose folder it
 * lies, else on the experiments that have the deepest root around it. What belongs to nobody is the admins'.
 * @param pathsOf the paths that the request may mean, as `artifactPath` passes them
 */
export const artifactAt = <Input>(
  action: Action,
  pathsOf: (input: Input, asking: Asking) => readonly string[],
): Rule<Input> =>
  rule(`${action} what the artifact belongs to`, async (input, asking) => {
    if (asking.db.scope.access.isManager) return;
    const destination = artifactsDestination(asking.config);
    for (const path of pathsOf(input, asking)) {
      const { root, name } = blobAt(destination, path);
      await checkPlace(action, { ...root, prefix: name }, asking);
    }
  });

async function checkPlace(action: Action, place: ArtifactRoot, asking: Asking): Promise<void> {
  const { access } = asking.db.scope;
  const holder = await holderOf(place, asking);
  if (holder) return checkHolder(action, holder, asking);
  const around = await experimentsAround(place, asking);
  if (around.length === 0) throw denied();
  if (action !== "delete") {
    for (const id of around) checkExperiment(access, action, id);
    return;
  }
  for (const id of [...around, ...(await experimentsBelow(place, asking))]) checkExperimentWithAll(access, id);
}

function checkHolder(action: Action, { type, id, experiment }: Holder, asking: Asking): Checked {
  if (type === "run") return checkRuns(action, [id], asking);
  if (type === "logged_model") return checkModels(action, [id], asking);
  const experimentsOf = async () => [{ id, experiment }];
  return checkInside({ type, experimentsOf, notFound: () => denied() }, action, [id], asking);
}
