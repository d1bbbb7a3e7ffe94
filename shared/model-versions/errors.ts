import { invalid, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about model versions, in MLflow's words. */
export const modelVersionErrors = {
  notFound: (name: string, version: string) =>
    missing(`Model Version (name=${shown(name)}, version=${shown(version)}) not found`),

  /** @param reason a sentence, or several */
  invalidSource: (source: string, reason: string) =>
    invalid(`Invalid model version source: '${shown(source)}'. ${reason}`),

  /** A source that is not in what the id beside it names. */
  sourceNotContained: (source: string, id: "run_id" | "model_id") =>
    modelVersionErrors.invalidSource(
      source,
      `The ${id} request parameter must identify the resource that contains the source.`,
    ),
};
