import { repr } from "../mlflow/python-text.ts";
import { missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about logged models, in MLflow's words. */
export const loggedModelErrors = {
  notFound: (id: string) => missing(`Logged model with ID '${shown(id)}' not found.`),

  tagNotFound: (id: string, key: string) =>
    missing(`No tag with key ${shown(repr(key))} found for model with ID ${shown(repr(id))}.`),
};
