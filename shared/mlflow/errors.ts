/** What MLflow says of any request's values. */
import { invalid } from "../platform/errors.ts";
import { missingParameter } from "../platform/http/fields.ts";
import { shownJson } from "../platform/shown.ts";

export const requestErrors = {
  /** @param path of the parameter in the request, as `tags[3].key` */
  invalidValue: (path: string, value: unknown, reason: string) =>
    invalid(`Invalid value ${shownJson(value)} for parameter '${path}' supplied: ${reason}`),

  /** @param hint what MLflow says after it in some requests */
  missingValue: (path: string, hint = "") => invalid(missingParameter(path) + hint),

  /** @param rule as `a positive integer` */
  invalidPageSize: (size: number, rule: string) =>
    invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be ${rule}`),
};
