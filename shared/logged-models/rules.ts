/** MLflow's rules for logged models (mlflow/utils/validation.py). */
import { repr } from "../mlflow/python-text.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** Checks a logged model's name; the caller has refused an empty one (_validate_logged_model_name). */
export function checkLoggedModelName(name: string): void {
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name (${shown(repr(name))}) provided. Model name must be a non-empty string and cannot contain the ` +
        `following characters: ('/', ':', '.', '%', '"', "'")`,
    );
}
