/** Who may create a version of a registered model; what is read and changed of versions is decided on their model. */
import { rule } from "../access/rules.ts";
import { checkModels } from "../logged-models/may.ts";
import type { Rule } from "../platform/http/route.ts";
import { checkModel } from "../registered-models/may.ts";
import { checkRuns } from "../runs/may.ts";

/**
 * To create a version of the model that the input names, from the run and the logged model that it names. The model in
 * its source is looked at where the source is (functions/model-versions/source.ts).
 */
export const createsVersion: Rule<{ name: string; run_id?: string | undefined; model_id?: string | undefined }> = rule(
  "update registered model, versions not denied, read run and logged model and source model",
  async ({ name, run_id, model_id }, asking) => {
    await checkModel(name, { model: "update", version: "not denied" }, asking);
    if (run_id) await checkRuns("read", [run_id], asking);
    if (model_id) await checkModels("read", [model_id], asking);
  },
);
