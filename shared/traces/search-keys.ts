/** What a filter of traces compares in the trace itself, its tags, metadata and links, over `trace_info t`. */

import { repr } from "../mlflow/python-text.ts";
import type { Operand } from "../mlflow/search/clauses.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { existsOfRow } from "../mlflow/search/exists.ts";
import { type Field, inRows, integer, quoted, quotedOrList, text } from "../mlflow/search/keys.ts";
import { inExperiments } from "../mlflow/search/page.ts";
import type { Key, OrderKey, Walk } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { raw, type Sql, sql } from "../platform/db/sql.ts";
import { costKey, linkedPromptsTag, sessionKey, sourceRunKey, tokenUsageKey, traceNameTag } from "./keys.ts";
import { traceSearchErrors } from "./search-errors.ts";
import { cost, tokenUsage } from "./text.ts";

/** Of attributes and spans. */
export const textOperators = [...values.textOrListOperators, "RLIKE"];
/** Of what a trace may lack. */
export const rowOperators = [...values.textOperators, "RLIKE", ...values.nullOperators];

const columns: Readonly<Record<string, Field>> = {
  experiment_id: integer(sql`t.experiment_id`),
  request_id: text(sql`t.request_id`),
  timestamp_ms: integer(sql`t.timestamp_ms`),
  execution_time_ms: integer(sql`t.execution_time_ms`),
  end_time_ms: integer(sql`(t.timestamp_ms + coalesce(t.execution_time_ms, 0))`),
  status: text(sql`t.status`),
  client_request_id: text(sql`t.client_request_id`),
};

const neverNull = ["experiment_id", "request_id", "timestamp_ms", "end_time_ms", "status"];

/** Whether an order by the column needs no place for nulls, which would keep Postgres from using an index for it. */
export const isNeverNull = ({ sql: column }: Sql): boolean =>
  neverNull.some((name) => columns[name]?.column.sql === column);

const times = ["timestamp_ms", "timestamp", "execution_time_ms", "execution_time", "end_time_ms", "end_time"];
const withLists = ["name", "status", "request_id", "run_id", "client_request_id"];
const attributes = [...times, "status", "request_id", "client_request_id", "name", "run_id", "prompt", "text"];
const orderedAttributes = ["experiment_id", ...times, "status", "request_id", "name", "run_id"];

/** `timestamp` and the like mean their columns. */
export const columnOf = (name: string): string =>
  /^(timestamp|execution_time|end_time)$/i.test(name) ? `${name.toLowerCase()}_ms` : name;

/** A column, which may be null. */
function inColumn(column: Sql): Key["where"] {
  return (operator, value) =>
    values.nullOperators.includes(operator) ? sql`${column} ${raw(operator)}` : values.compare(column, operator, value);
}

/** @throws MlflowError INVALID_PARAMETER_VALUE for one that there is not */
export function attribute(name: string): Key {
  if (!attributes.includes(name)) throw searchErrors.unknownAttribute(name, attributes);
  const read = (right: Operand) => attributeValue(name, right);
  const field = columns[columnOf(name)];
  if (field?.type === "integer") {
    const { column } = field;
    const refused = (operator: string) => searchErrors.comparatorNotOneOf(operator, textOperators, "");
    const where: Key["where"] = (operator, value) => values.compareUnseen(column, operator, value);
    return { read, operators: values.numericOperators, refused, convert: (value) => wholeNumber(name, value), where };
  }
  const refused = (operator: string) => searchErrors.comparatorNotOneOf(operator, textOperators);
  return { read, operators: textOperators, refused, where: inColumn(field?.column ?? sql`NULL`) };
}

function attributeValue(name: string, right: Operand): values.Value {
  if (values.isText(right)) return values.textOf(right);
  if (right.kind === "parenthesis") {
    if (!withLists.includes(name)) throw traceSearchErrors.noList(withLists);
    return values.listOf(right);
  }
  if (!values.isNumber(right)) throw traceSearchErrors.notQuotedNorList(right.text);
  if (!times.includes(name)) throw searchErrors.onlyForNumbers(times);
  return values.numberOf(right);
}

/** Times may also be written as texts, as Postgres takes them. */
function wholeNumber(name: string, value: values.Value): values.Value {
  if (typeof value !== "string") return value;
  if (!/^\s*[+-]?\d+\s*$/.test(value)) throw searchErrors.invalidNumber(columnOf(name), repr(value));
  return BigInt(value.trim().replace(/^\+/, ""));
}

/** Rows of a tag that is kept in one. */
export const tagRows = (key: string) =>
  sql`SELECT FROM trace_tags k WHERE k.key = ${key} AND k.request_id = t.request_id`;
const metadataRows = (key: string) =>
  sql`SELECT FROM trace_request_metadata k WHERE k.key = ${key} AND k.request_id = t.request_id`;

/** Tags and metadata are indexed by as many characters of their values (migrations/0006_trace_indexes.sql). */
const indexed = sql`32`;

const hasValue = (value: string) =>
  sql`left(k.value, ${indexed}) = left(${value}::text, ${indexed}) AND k.value = ${value}::text`;

/** By the rows of a key: all of them are read where there are few that match, none of other keys. */
const idsByRows =
  (table: string, key: string): Key["ids"] =>
  (operator, value) => {
    if (values.nullOperators.includes(operator)) return undefined;
    const matches =
      operator === "=" && typeof value === "string" ? hasValue(value) : values.compare(sql`k.value`, operator, value);
    return { query: sql`SELECT k.request_id AS id FROM ${raw(table)} k WHERE k.key = ${key} AND ${matches}` };
  };

/** The trace's name is a tag to clients, and so are the prompts that it is linked to. */
export function tag(key: string): Key {
  const own = {
    read: quotedOrList("tag (e.g. 'my-value')", values.listOf),
    operators: rowOperators,
    refused: (operator: string) => searchErrors.comparatorNotOneOf(operator, rowOperators, ""),
  };
  if (key === traceNameTag) return { ...own, where: nameIs };
  if (key === linkedPromptsTag)
    return {
      ...own,
      convert: promptOf,
      where: (_, value) => linkedTo("prompt_version", value),
      ids: (_, value) => ({ query: idsLinkedTo("prompt_version", value) }),
    };
  return { ...own, where: inRows(tagRows(key), sql`k.value`, existsOfRow), ids: idsByRows("trace_tags", key) };
}

/** Longer names are not in the index of names. */
const longestIndexedName = 250;

/** As the partial index has it. */
const isIndexedName = sql`length(t.trace_name) <= ${raw(String(longestIndexedName))}`;

const nameIs: Key["where"] = (operator, value) => {
  const compared = inColumn(sql`t.trace_name`)(operator, value);
  const isIndexed = operator === "=" && String(value).length <= longestIndexedName;
  return isIndexed ? sql`${isIndexedName} AND ${compared}` : compared;
};

function promptOf(value: values.Value, operator: string): values.Value {
  if (operator !== "=") throw traceSearchErrors.comparatorOfPrompts(operator);
  if (typeof value !== "string" || value.split("/").length !== 2) throw traceSearchErrors.notAPrompt(value);
  return value;
}

const linkedTo = (type: "run" | "prompt_version", value: values.Value): Sql =>
  existsOfRow(sql`SELECT FROM entity_associations l WHERE l.source_type = 'trace' AND l.source_id = t.request_id
    AND l.destination_type = ${type} AND l.destination_id = ${String(value)}`);

const idsLinkedTo = (type: "run" | "prompt_version", value: values.Value): Sql =>
  sql`SELECT l.source_id AS id FROM entity_associations l WHERE l.source_type = 'trace'
    AND l.destination_type = ${type} AND l.destination_id = ${String(value)}`;

// The key is no parameter, so that any plan can use the index of these rows alone.
const idsOfRun = (run: string): Sql =>
  sql`${idsLinkedTo("run", run)} UNION ALL
    SELECT k.request_id FROM trace_request_metadata k WHERE k.key = ${raw(`'${sourceRunKey}'`)} AND ${hasValue(run)}`;

/** Session, token counts and costs are columns. The run that made a trace counts like the runs that it is linked to. */
export function metadata(key: string): Key {
  const own = {
    read: quoted("request_metadata (e.g. 'my-value')"),
    operators: rowOperators,
    refused: (operator: string) => searchErrors.comparatorNotOneOf(operator, rowOperators),
  };
  if (key === sessionKey) return { ...own, where: inColumn(sql`t.session_id`) };
  const inColumns = key === tokenUsageKey ? tokenUsage : key === costKey ? cost : undefined;
  if (inColumns) {
    const convert = (value: values.Value, operator: string) => {
      if (/LIKE/.test(operator)) throw traceSearchErrors.comparatorOfColumns(operator, key);
      return value;
    };
    return { ...own, convert, where: inColumn(inColumns) };
  }
  const where = inRows(metadataRows(key), sql`k.value`, existsOfRow);
  const ids = idsByRows("trace_request_metadata", key);
  if (key !== sourceRunKey) return { ...own, where, ids };
  const made = (operator: string, value: values.Value) =>
    operator === "=" ? sql`(${linkedTo("run", value)} OR ${where(operator, value)})` : where(operator, value);
  return {
    ...own,
    where: made,
    ids: (operator, value) => (operator === "=" ? { query: idsOfRun(String(value)) } : ids?.(operator, value)),
  };
}

/**
 * @param experimentIds where traces lie: the index of execution times has the order of one experiment
 * @throws MlflowError INVALID_PARAMETER_VALUE for one by which traces can't be ordered
 */
export function attributeOrder(name: string, experimentIds: readonly string[]): OrderKey {
  if (!orderedAttributes.includes(name)) throw searchErrors.unknownAttribute(name, orderedAttributes);
  const column = columns[columnOf(name)]?.column ?? sql`NULL`;
  const order = orderOf(column);
  return columnOf(name) === "execution_time_ms" && experimentIds.length === 1
    ? { ...order, walk: byExecutionTime(experimentIds) }
    : order;
}

const byExecutionTime = (experimentIds: readonly string[]): Walk => ({
  rows: sql`trace_info k WHERE ${inExperiments(sql`k.experiment_id`, experimentIds)} AND k.execution_time_ms IS NOT NULL`,
  column: sql`k.execution_time_ms`,
  id: sql`k.request_id`,
  index: "mlfn_trace_info_execution_time",
});

export function tagOrder(key: string): OrderKey {
  return key === traceNameTag ? orderOf(sql`t.trace_name`) : joined("trace_tags", key);
}

export function metadataOrder(key: string): OrderKey {
  if (key === tokenUsageKey || key === costKey) throw traceSearchErrors.orderOfColumns(key);
  return key === sessionKey ? orderOf(sql`t.session_id`) : joined("trace_request_metadata", key);
}

const orderOf = (column: Sql): OrderKey => ({ field: column.sql, at: () => ({ column }) });

const joined = (table: string, key: string): OrderKey => ({
  field: `${table} ${key}`,
  at: (alias) => ({
    join: sql`LEFT JOIN ${raw(table)} ${alias} ON ${alias}.key = ${key} AND ${alias}.request_id = t.request_id`,
    lookUp: sql`LEFT JOIN LATERAL (SELECT * FROM ${raw(table)}
      WHERE key = ${key} AND request_id = t.request_id OFFSET 0) ${alias} ON TRUE`,
    column: sql`${alias}.value`,
  }),
});
