/** MLflow's rules for the names of the registry (mlflow/utils/validation.py). Each throws INVALID_PARAMETER_VALUE. */

import { requestErrors } from "../mlflow/errors.ts";
import { checkKey, checkLength, checkUniquePath, type KeyValue, maxKey } from "../mlflow/rules.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

export function checkModelName(name: string, field: "name" | "new_name" = "name"): void {
  if (name.trim() === "") throw requestErrors.missingValue(field);
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${shown(name)}'. Names cannot contain '/' or ':'.`);
  checkUniquePath(name, "name");
}

/** A version number as Postgres takes it. */
export function parseVersion(version: string): string {
  if (/^\s*[+-]?\d{1,18}\s*$/.test(version)) return BigInt(version.trim().replace(/^\+/, "")).toString();
  throw invalid(`Parameter 'version' must be an integer, got '${shown(version)}'.`);
}

export function checkAlias(alias: string): void {
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias))
    throw invalid(
      `Invalid alias name: '${shown(alias)}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  checkLength("Registered model alias name", 255, alias);
}

/** An alias that may be set: neither `latest` nor the likes of `v1`. */
export function checkNewAlias(alias: string): void {
  checkAlias(alias);
  if (alias.toLowerCase() === "latest") throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^[vV]\d+$/.test(alias)) throw invalid(`Version alias name '${shown(alias)}' is reserved.`);
}

export const allStages = ["None", "Staging", "Production", "Archived"];

/** A stage as MLflow writes it, in any case; undefined where there is none of that name. */
export const findStage = (stage: string): string | undefined =>
  allStages.find((known) => known.toLowerCase() === stage.toLowerCase());

/** The same, refused where there is none. */
export function canonicalStage(stage: string): string {
  const found = findStage(stage);
  if (found) return found;
  throw invalid(`Invalid Model Version stage: ${shown(stage)}. Value must be one of ${allStages.join(", ")}.`);
}

/** The tags of a registered model or model version. */
export function checkRegistryTag(tag: KeyValue): void {
  checkKey(tag.key, "key");
  checkLength("key", maxKey, tag.key);
  checkLength("value", 100_000, tag.value);
}
