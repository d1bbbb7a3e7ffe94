/**
 * MLflow's rules for runs and what is logged to them (mlflow/utils/validation.py). Each throws INVALID_PARAMETER_VALUE.
 */

import { requestErrors } from "../mlflow/errors.ts";
import { floatText } from "../mlflow/python-text.ts";
import { checkKey, checkLength, cutToLength, type KeyValue, maxKey } from "../mlflow/rules.ts";
import type { Config } from "../platform/config.ts";
import { invalid } from "../platform/errors.ts";
import { shown, shownJson } from "../platform/shown.ts";

/** A run's tag, its value cut to 8,000 characters. `at` is its place in the request, as `tags[3]`. */
export function checkRunTag(tag: KeyValue, config: Config, at = ""): KeyValue {
  const [key, value] = at ? [`${at}.key`, `${at}.value`] : ["key", "value"];
  checkKey(tag.key, key);
  checkLength(key, maxKey, tag.key);
  return { key: tag.key, value: cutToLength(value, 8000, tag.value, config) };
}

/** A param, its value cut to 6,000 characters. */
export function checkParam(param: KeyValue, config: Config, at = ""): KeyValue {
  checkKey(param.key, at ? `${at}.key` : "key");
  checkLength("Param key", maxKey, param.key);
  return { key: param.key, value: cutToLength("Param value", 6000, param.value, config) };
}

export interface Metric {
  key: string;
  value: number;
  timestamp: number | bigint;
  /** 0 where it is not given. */
  step?: number | bigint | undefined;
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
    throw requestErrors.invalidValue(
      path("timestamp"),
      metric.timestamp,
      `metric '${shown(metric.key)}' (value=${floatText(metric.value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  checkLength("Metric name", maxKey, metric.key);
}

/** The metrics of a batch: many points of few keys, of which each is looked at once. */
export function checkMetrics(metrics: readonly Metric[]): void {
  const keys = new Set<string>();
  for (const [index, metric] of metrics.entries()) {
    const { key, timestamp, dataset_name, dataset_digest } = metric;
    if (keys.has(key) && timestamp >= 0 && !dataset_name && !dataset_digest) continue;
    checkMetric(metric, `metrics[${index}]`);
    keys.add(key);
  }
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

/**
 * Refuses an id that can't be a run's (mlflow/utils/validation.py, _validate_run_id).
 * @throws INVALID_PARAMETER_VALUE
 */
export function checkRunId(runId: string): void {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId))
    throw invalid(`Invalid value ${shownJson(runId)} for parameter 'run_id' supplied.`);
}
