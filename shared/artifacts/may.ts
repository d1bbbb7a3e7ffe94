/** Who may do what with an artifact. */
import { rule } from "../access/rules.ts";
import { checkModels } from "../logged-models/may.ts";
import { denied } from "../platform/errors.ts";
import type { Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";
import { checkRuns } from "../runs/may.ts";

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

/** The action on what lies at a path below the artifacts destination. What belongs to nobody is the admins'. */
export const artifactAt = (action: Action): Rule<unknown> =>
  rule(`${action} what the artifact belongs to`, () => {
    throw denied();
  });
