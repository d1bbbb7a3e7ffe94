/** Columns of traces and assessments that older versions do not have, made as an upgrade to 3.18 makes them. */
import { aggregateOf } from "../../shared/assessments/values.ts";
import { firstCharacters } from "../../shared/mlflow/rules.ts";
import { costKey, promotedKeys, sessionKey, tokenUsageKey, traceNameTag } from "../../shared/traces/keys.ts";
import { splitMetadata } from "../../shared/traces/promoted.ts";
import type { Row, Value } from "./tables.ts";

const longest = { name: 4096, session: 250 };

const cut = (value: Value, length: number) => (typeof value === "string" ? firstCharacters(value, length) : null);

/** Columns of `trace_info` by what tags and metadata say. */
export function promoted(texts: { name?: Value; session?: Value; usage?: Value; cost?: Value }): Row {
  const metadata = [
    { key: sessionKey, value: cut(texts.session, longest.session) },
    { key: tokenUsageKey, value: texts.usage },
    { key: costKey, value: texts.cost },
  ].filter((pair): pair is { key: string; value: string } => typeof pair.value === "string");
  return { trace_name: cut(texts.name, longest.name), ...splitMetadata(metadata).columns };
}

/** The same where tags and metadata are at hand; and the rows that stay rows. */
export function splitTrace(tags: Readonly<Record<string, string>>, metadata: Readonly<Record<string, string>>) {
  const [name, session, usage, cost] = [tags[traceNameTag], ...promotedKeys.map((key) => metadata[key])];
  const without = (pairs: Readonly<Record<string, string>>, keys: readonly string[]) =>
    Object.entries(pairs).filter(([key]) => !keys.includes(key));
  return {
    columns: promoted({ name, session, usage, cost }),
    tags: without(tags, [traceNameTag]),
    metadata: without(metadata, promotedKeys),
  };
}

/** What averages of an assessment's value are made of. */
export function aggregates(value: Value): Row {
  const { aggregate, isNumeric } = aggregateOf(parsed(value));
  return { aggregate_value: aggregate, is_numeric_value: isNumeric };
}

function parsed(value: Value): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return null;
  }
}
