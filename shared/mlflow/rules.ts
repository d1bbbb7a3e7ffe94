/** MLflow's rules for names, keys and lengths (mlflow/utils/validation.py). Each throws INVALID_PARAMETER_VALUE. */
import { posix } from "node:path";
import { config } from "../platform/config.ts";
import { invalid, missing } from "../platform/errors.ts";
import { shown, shownJson } from "../platform/shown.ts";
import { floatText, parseInteger, repr } from "./python-text.ts";

const keyCharacters = /^[/\p{L}\p{N}_.\- :]*$/u;
const maxKey = 250;

const invalidValue = (path: string, value: unknown, reason: string) =>
  invalid(`Invalid value ${shownJson(value)} for parameter '${path}' supplied: ${reason}`);

export const missingValue = (path: string) => invalid(`Missing value for required parameter '${path}'.`);

/** Python's posixpath.normpath, which keeps no trailing slash. */
export function normalizePath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

/** A name that, taken as a path, is its own shortest spelling and stays inside its folder. */
export function checkUniquePath(name: string, path: string): void {
  const normal = normalizePath(name);
  if (normal === name && normal !== "." && !normal.startsWith("..") && !normal.startsWith("/")) return;
  throw invalidValue(
    path,
    name,
    "Names may be treated as files in certain cases, and must not resolve to other names when treated as such. " +
      `This name would resolve to '${shown(normal)}'`,
  );
}

/** The key of a metric, param or tag. */
export function checkKey(key: string, path: string): void {
  if (!keyCharacters.test(key))
    throw invalidValue(
      path,
      key,
      "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).",
    );
  checkUniquePath(key, path);
}

/** Where the first `limit` characters end. Lengths count characters, as Python and Postgres do, not UTF-16 units. */
function endOf(text: string, limit: number): number {
  let end = 0;
  for (let count = 0; count < limit && end < text.length; count++) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return end;
}

const isLonger = (text: string, limit: number) => text.length > limit && endOf(text, limit) < text.length;

export function checkLength(entity: string, limit: number, value: string): void {
  if (isLonger(value, limit)) throw invalid(`'${entity}' exceeds the maximum length of ${limit} characters`);
}

/** Cuts a long value, or refuses it where MLFLOW_TRUNCATE_LONG_VALUES is false. */
function cutToLength(entity: string, limit: number, value: string): string {
  if (!isLonger(value, limit)) return value;
  if (!config().MLFLOW_TRUNCATE_LONG_VALUES) checkLength(entity, limit, value);
  return value.slice(0, endOf(value, limit));
}

export interface KeyValue {
  key: string;
  value: string;
}

/** A run's tag, its value cut to 8,000 characters. `at` is its place in the request, as `tags[3]`. */
export function checkTag(tag: KeyValue, at = ""): KeyValue {
  const [key, value] = at ? [`${at}.key`, `${at}.value`] : ["key", "value"];
  checkKey(tag.key, key);
  checkLength(key, maxKey, tag.key);
  return { key: tag.key, value: cutToLength(value, 8000, tag.value) };
}

/** A param, its value cut to 6,000 characters. */
export function checkParam(param: KeyValue, at = ""): KeyValue {
  checkKey(param.key, at ? `${at}.key` : "key");
  checkLength("Param key", maxKey, param.key);
  return { key: param.key, value: cutToLength("Param value", 6000, param.value) };
}

export interface Metric {
  key: string;
  value: number;
  timestamp: number | bigint;
  step: number | bigint;
  /** The logged model it is of, if any, and the dataset it was measured on. */
  model_id?: string | undefined;
  dataset_name?: string | undefined;
  dataset_digest?: string | undefined;
}

export function checkMetric(metric: Metric, at = ""): void {
  if (Boolean(metric.dataset_name) !== Boolean(metric.dataset_digest))
    throw invalid("Both dataset_name and dataset_digest must be provided if one is provided");
  const path = (name: string) => (at ? `${at}.${name}` : name);
  checkKey(metric.key, path("name"));
  if (metric.timestamp < 0)
    throw invalidValue(
      path("timestamp"),
      metric.timestamp,
      `metric '${shown(metric.key)}' (value=${floatText(metric.value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  checkLength("Metric name", maxKey, metric.key);
}

export function checkExperimentTag(tag: KeyValue): void {
  checkKey(tag.key, "key");
  checkLength("key", 250, tag.key);
  checkLength("value", 20_000, tag.value);
}

export function checkExperimentName(name: string): void {
  if (name.trim() === "") throw invalid(`Invalid experiment name: '${shown(name)}'`);
  checkLength("name", 500, name);
}

/** The name of a logged model, which is not empty where it is checked (_validate_logged_model_name). */
export function checkLoggedModelName(name: string): void {
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name (${shown(repr(name))}) provided. Model name must be a non-empty string and cannot contain the ` +
        `following characters: ('/', ':', '.', '%', '"', "'")`,
    );
}

/** The tags of a registered model or model version. */
export function checkRegistryTag(tag: KeyValue): void {
  checkKey(tag.key, "key");
  checkLength("key", maxKey, tag.key);
  checkLength("value", 100_000, tag.value);
}

export interface DatasetInput {
  name: string;
  digest: string;
  source_type: string;
  source: string;
  schema: string | undefined;
  profile: string | undefined;
  tags: KeyValue[];
}

/** A dataset that a run used, with the tags of its use. */
export function checkDatasetInput(input: DatasetInput): void {
  checkLength("name", 500, input.name);
  checkLength("digest", 36, input.digest);
  checkLength("source", 65_535, input.source);
  checkLength("schema", 1_048_575, input.schema ?? "");
  checkLength("profile", 16_777_215, input.profile ?? "");
  for (const { key, value } of input.tags) {
    checkLength("key", 255, key);
    checkLength("value", 500, value);
  }
}

/** An experiment id as Postgres takes it. */
export function parseExperimentId(id: string): string {
  const number = experimentNumber(id);
  if (BigInt.asIntN(64, number) !== number) throw missing(`No Experiment with id=${shown(String(number))} exists`);
  return number.toString();
}

/** The experiments that a search names, each once. An id that the column can't hold is of none, so it is left out. */
export function parseExperimentIds(ids: readonly string[]): string[] {
  const numbers = [...new Set(ids)].map(experimentNumber).filter((number) => BigInt.asIntN(32, number) === number);
  return [...new Set(numbers.map(String))];
}

const maxSearchedExperiments = 20;

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
  if (number === undefined)
    throw invalid(`Invalid experiment ID '${shown(id)}'. Experiment ID must be a valid integer.`);
  return number;
}

/**
 * Refuses an id that can't be a run's (mlflow/utils/validation.py, _validate_run_id).
 * @throws INVALID_PARAMETER_VALUE
 */
export function checkRunId(runId: string): void {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId))
    throw invalid(`Invalid value ${shownJson(runId)} for parameter 'run_id' supplied.`);
}
