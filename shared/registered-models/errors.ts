import { invalid, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about registered models, in MLflow's words. */
export const registeredModelErrors = {
  notFound: (name: string) => missing(`Registered Model with name=${shown(name)} not found`),

  aliasNotFound: (alias: string) => invalid(`Registered model alias ${shown(alias)} not found.`),
};
