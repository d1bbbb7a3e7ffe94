/** Tags that a trace gets from its spans (mlflow/store/tracking/sqlalchemy_store.py, log_spans). */

import { dumpPythonAscii, type PythonDict, type PythonValue } from "../../mlflow/python-json.ts";
import { checkKey, cutToLength, firstCharacters, maxKey } from "../../mlflow/rules.ts";
import type { Config } from "../../platform/config.ts";
import { MlflowError } from "../../platform/errors.ts";
import { notStorable } from "../otlp/refusal.ts";
import { textIn } from "./json-text.ts";
import { tagPrefix } from "./keys.ts";
import type { Span } from "./span.ts";

const maxValue = 8000;

/** Of the first span whose resource has attributes. What the SDK says of itself, and MLflow's own, is left out. */
export function resourceTags(spans: readonly Span[], config: Config): Map<string, string> {
  const resource = spans.find((span) => [...span.resource.keys()].some((key) => key !== ""))?.resource;
  const tags = new Map<string, string>();
  for (const [key, value] of resource ?? []) {
    if (key === "" || key.startsWith("telemetry.sdk.") || key.startsWith("mlflow.")) continue;
    setTag(tags, key, typeof value === "string" ? value : jsonOf(value), config);
  }
  return tags;
}

/** Of a root: what its user has set as tags of the trace. */
export function rootTags(root: ReadonlyMap<string, string>, config: Config): Map<string, string> {
  const tags = new Map<string, string>();
  for (const [key, value] of root)
    if (key.startsWith(tagPrefix)) setTag(tags, key.slice(tagPrefix.length), textIn(value), config);
  return tags;
}

function setTag(tags: Map<string, string>, key: string, value: string, config: Config): void {
  try {
    checkKey(key, "key");
    if (firstCharacters(key, maxKey) === key) tags.set(key, cutToLength("value", maxValue, value, config));
  } catch (error) {
    // A tag that can't be set is left out.
    if (!(error instanceof MlflowError)) throw error;
  }
}

/** OpenTelemetry drops members without a name, and JSON has no bytes. */
function jsonOf(value: PythonValue): string {
  if (holdsBytes(value)) throw notStorable();
  return dumpPythonAscii(withoutNameless(value));
}

function holdsBytes(value: PythonValue): boolean {
  if (value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.some(holdsBytes);
  return value instanceof Map && [...value.values()].some(holdsBytes);
}

function withoutNameless(value: PythonValue): PythonValue {
  if (Array.isArray(value)) return value.map(withoutNameless);
  if (!(value instanceof Map)) return value;
  const kept: PythonDict = new Map();
  for (const [key, member] of value) if (key !== "") kept.set(key, withoutNameless(member));
  return kept;
}
