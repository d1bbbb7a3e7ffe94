/** MLflow's rules for names, keys and lengths (mlflow/utils/validation.py). Each throws INVALID_PARAMETER_VALUE. */

import { posix } from "node:path";
import type { Config } from "../platform/config.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { requestErrors } from "./errors.ts";

const keyCharacters = /^[/\p{L}\p{N}_.\- :]*$/u;

export const maxKey = 250;

/** Python's posixpath.normpath, which keeps no trailing slash. */
export function normalizePath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

/** A name that, taken as a path, is its own shortest spelling and stays inside its folder. */
export function checkUniquePath(name: string, path: string): void {
  const normal = normalizePath(name);
  if (normal === name && normal !== "." && !normal.startsWith("..") && !normal.startsWith("/")) return;
  throw requestErrors.invalidValue(
    path,
    name,
    "Names may be treated as files in certain cases, and must not resolve to other names when treated as such. " +
      `This name would resolve to '${shown(normal)}'`,
  );
}

/** The key of a metric, param or tag. */
export function checkKey(key: string, path: string): void {
  if (!keyCharacters.test(key))
    throw requestErrors.invalidValue(
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

/** Whether a text has more than so many characters. */
export const isLonger = (text: string, limit: number) => text.length > limit && endOf(text, limit) < text.length;

export function checkLength(entity: string, limit: number, value: string): void {
  if (isLonger(value, limit)) throw invalid(`'${entity}' exceeds the maximum length of ${limit} characters`);
}

/** So many characters of a text, or all of it. */
export const firstCharacters = (text: string, limit: number): string =>
  text.length <= limit ? text : text.slice(0, endOf(text, limit));

/** Cuts a long value, or refuses it where MLFLOW_TRUNCATE_LONG_VALUES is false. */
export function cutToLength(entity: string, limit: number, value: string, config: Config): string {
  if (!isLonger(value, limit)) return value;
  if (!config.MLFLOW_TRUNCATE_LONG_VALUES) checkLength(entity, limit, value);
  return value.slice(0, endOf(value, limit));
}

export interface KeyValue {
  key: string;
  value: string;
}

/**
 * The size of a page as a search takes it.
 * @throws INVALID_PARAMETER_VALUE below 1 and above `most`
 */
export function checkPageSize(size: number, most = Number.POSITIVE_INFINITY): number {
  if (size >= 1 && size <= most) return size;
  throw requestErrors.invalidPageSize(size, size < 1 ? "a positive integer" : `at most ${most}`);
}
