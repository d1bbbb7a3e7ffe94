/** MLflow's rules for experiments (mlflow/utils/validation.py). */
import { parseInteger } from "../mlflow/python-text.ts";
import { checkKey, checkLength, type KeyValue } from "../mlflow/rules.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { experimentErrors } from "./errors.ts";

const maxSearchedExperiments = 20;

export function checkExperimentTag(tag: KeyValue): void {
  checkKey(tag.key, "key");
  checkLength("key", 250, tag.key);
  checkLength("value", 20_000, tag.value);
}

export function checkExperimentName(name: string): void {
  if (name.trim() === "") throw invalid(`Invalid experiment name: '${shown(name)}'`);
  checkLength("name", 500, name);
}

/** An experiment id as Postgres takes it. */
export function parseExperimentId(id: string): string {
  const number = experimentNumber(id);
  if (BigInt.asIntN(64, number) !== number) throw experimentErrors.notFound(String(number));
  return number.toString();
}

/**
 * The experiments that a search names, each once. An id that the column can't hold belongs to no experiment, so it is
 * left out.
 */
export function parseExperimentIds(ids: readonly string[]): string[] {
  const numbers = [...new Set(ids)].map(experimentNumber).filter((number) => BigInt.asIntN(32, number) === number);
  return [...new Set(numbers.map(String))];
}

/** The experiments that a search for datasets names, at least one (mlflow/server/handlers.py, search_datasets_impl). */
export function parseSearchedExperiments(ids: readonly string[]): string[] {
  if (ids.length === 0) throw invalid("SearchDatasets request must specify at least one experiment_id.");
  if (ids.length > maxSearchedExperiments)
    throw invalid(
      `SearchDatasets request cannot specify more than ${maxSearchedExperiments} experiment_ids. ` +
        `Received ${ids.length} experiment_ids.`,
    );
  return parseExperimentIds(ids);
}

function experimentNumber(id: string): bigint {
  const number = parseInteger(id);
  if (number === undefined) throw experimentErrors.invalidId(id);
  return number;
}
