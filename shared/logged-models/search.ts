import { experimentIdOf } from "../experiments/search.ts";
import { parseFloatText, repr, reprTuple } from "../mlflow/python-text.ts";
import { type Operand, parseList, type Refusals } from "../mlflow/search/clauses.ts";
import { type Ordering, orderingOf, whereOf } from "../mlflow/search/compile.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { type Field, inColumn, inRows, integer, nullsLast, orderKeys, text } from "../mlflow/search/keys.ts";
import { checkOrderBySize, maxDatasets } from "../mlflow/search/limits.ts";
import type { LoggedModelOrder } from "../mlflow/search/page-token.ts";
import type { Key, OrderKey, Specification } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** A dataset whose metrics count. Without a digest, metrics without a digest count, as in MLflow's REST API. */
export interface DatasetFilter {
  dataset_name: string;
  dataset_digest?: string | null;
}

/** The columns of a logged model: MLflow lets searches name any (store/tracking/dbmodels/models.py, SqlLoggedModel). */
const fields: Readonly<Record<string, Field>> = {
  model_id: text(sql`lm.model_id`),
  experiment_id: integer(sql`lm.experiment_id`),
  name: text(sql`lm.name`),
  artifact_location: text(sql`lm.artifact_location`),
  creation_timestamp_ms: integer(sql`lm.creation_timestamp_ms`),
  last_updated_timestamp_ms: integer(sql`lm.last_updated_timestamp_ms`),
  status: integer(sql`lm.status`),
  lifecycle_stage: text(sql`lm.lifecycle_stage`),
  model_type: text(sql`lm.model_type`),
  source_run_id: text(sql`lm.source_run_id`),
  status_message: text(sql`lm.status_message`),
};

const aliases: ReadonlyMap<string, string> = new Map([
  ["creation_time", "creation_timestamp_ms"],
  ["creation_timestamp", "creation_timestamp_ms"],
  ["last_updated_timestamp", "last_updated_timestamp_ms"],
]);

const columnOf = (name: string): string => aliases.get(name) ?? name;

/** Numbers by which the database keeps a logged model's status. */
const statuses = new Map([
  ["UNSPECIFIED", 0n],
  ["PENDING", 1n],
  ["READY", 2n],
  ["FAILED", 3n],
]);

const wording: Refusals = {
  stray: (_texts, filter) =>
    `Invalid filter string: ${shown(repr(filter))}. Expected a list of comparisons ` +
    "separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').",
  unparsable: (filter) => `Invalid filter string: ${shown(repr(filter))}. Nested too deeply.`,
  notOne: (filter) => `Invalid filter string: ${shown(repr(filter))}. Expected a single SQL expression.`,
};

/**
 * Logged models, over `logged_models lm` (mlflow/utils/search_logged_model_utils.py and
 * _apply_filter_string_datasets_search_logged_models of mlflow/store/tracking/sqlalchemy_store.py). A metric means its
 * latest value: highest step, then time, then value. With datasets only metrics on these count, and a model needs one
 * of them.
 * @throws MlflowError INVALID_PARAMETER_VALUE for datasets that make no sense
 */
export function loggedModelSearch(datasets: readonly DatasetFilter[] = []): Specification {
  if (!datasets.every((dataset) => dataset.dataset_name)) {
    throw invalid("`dataset_name` in the `datasets` clause must be specified.");
  }
  if (datasets.length > maxDatasets)
    throw invalid(`A search can name at most ${maxDatasets} datasets, got ${datasets.length}.`);
  return {
    wording,
    stepwise: true,
    noNullTests: ({ left, operator }) =>
      invalid(`Invalid comparison: ${shown(left.text)}${shown(operator)}. Expected a comparison with 3 tokens.`),
    unknownKind: (name) => invalid(`Invalid entity type: ${shown(repr(name))}. Expected one of ${repr(kindNames)}.`),
    split,
    kinds: [
      { names: ["attributes"], key: attribute },
      { names: ["metrics"], key: (name) => metric(name, datasets) },
      { names: ["params"], key: param },
      { names: ["tags"], key: tag },
    ],
    terms: (conditions) => {
      const terms = conditions.map(whereOf);
      if (datasets.length === 0 || conditions.some(({ kind }) => kind === "metrics")) return terms;
      const metrics = sql`SELECT FROM logged_model_metrics m WHERE m.model_id = lm.model_id ${onDatasets(datasets)}`;
      return [...terms, exists(metrics)];
    },
    order,
  };
}

const kindNames = ["attributes", "metrics", "params", "tags"];

/** Only the plural names are known, and only backticks are taken off a key. */
function split(identifier: string): [kind: string, name: string] {
  const [, kind, name] = /^([a-z]+)\.(.+)$/.exec(identifier) ?? [];
  return kind && name ? [kind, trim(name, "`")] : ["attributes", trim(columnOf(identifier), "`")];
}

/** All of one character off both ends. */
function trim(written: string, character: string): string {
  let start = 0;
  let end = written.length;
  while (start < end && written[start] === character) start++;
  while (end > start && written[end - 1] === character) end--;
  return written.slice(start, end);
}

/** @param label what refusals call it */
function keyOf(label: string, operators: readonly string[], where: Key["where"]): Key {
  const refused = (operator: string) => {
    const named = `Invalid comparison operator for ${shown(label)}: ${shown(repr(operator))}`;
    return invalid(`${named}. Expected one of ${reprTuple(operators)}.`);
  };
  return { read: operators === numericOperators ? floatOf : unquoted, operators, refused, where };
}

const numericOperators = ["<", "<=", ">", ">=", "=", "!="];
const textOperators = ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"];

function floatOf(right: Operand): number {
  const value = parseFloatText(right.text);
  if (value === undefined) throw invalid(`could not convert string to float: ${shown(repr(right.text))}`);
  return value;
}

/** Anything is a text here, quoted or not. */
function unquoted(right: Operand, operator: string): values.Value {
  if (right.kind !== "parenthesis") return trim(right.text, "'");
  const empty = values.listOperators.includes(operator) && parseList(right.text)?.length === 0;
  return empty ? [] : values.listOf(right);
}

function attribute(name: string): Key {
  const column = columnOf(name);
  const field = Object.hasOwn(fields, column) ? fields[column] : undefined;
  const operators = column.endsWith("_timestamp_ms") ? numericOperators : textOperators;
  const key = keyOf(`attributes.${name}`, operators, inColumn(field?.column ?? sql`NULL`));
  const unknown = () => {
    throw searchErrors.unknownAttribute(column, Object.keys(fields));
  };
  const convert = field === undefined ? unknown : Object.hasOwn(integers, column) ? integers[column] : undefined;
  return { ...key, convert };
}

/** Attributes that are written as texts and stored as integers. */
const integers: Readonly<Record<string, Key["convert"]>> = {
  experiment_id: (value, operator) => {
    requireEquality("experiment_id", operator);
    return values.toIntegers(value, experimentIdOf);
  },
  status: (value, operator) => {
    requireEquality("status", operator);
    const written = Array.isArray(value) ? reprTuple(value) : repr(value);
    return values.toIntegers(value, (name) => {
      const number = statuses.get(name);
      if (number === undefined) throw invalid(`Unknown model status in filter: ${shown(written)}`);
      return number;
    });
  },
};

function requireEquality(name: string, operator: string): void {
  if (["=", "!=", ...values.listOperators].includes(operator)) return;
  throw invalid(`Invalid comparison operator for ${name}: ${shown(operator)}`);
}

function param(name: string): Key {
  const rows = sql`SELECT FROM logged_model_params p WHERE p.model_id = lm.model_id AND p.param_key = ${name}`;
  return keyOf(`params.${name}`, textOperators, inRows(rows, sql`p.param_value`));
}

function tag(name: string): Key {
  const rows = sql`SELECT FROM logged_model_tags t WHERE t.model_id = lm.model_id AND t.tag_key = ${name}`;
  return keyOf(`tags.${name}`, textOperators, inRows(rows, sql`t.tag_value`));
}

function metric(name: string, datasets: readonly DatasetFilter[]): Key {
  const latest = latestMetric(name, onDatasets(datasets));
  return keyOf(`metrics.${name}`, numericOperators, (operator, value) => {
    const matches = values.compareDouble(sql`l.metric_value`, operator, Number(value));
    return exists(sql`SELECT FROM (${latest}) l WHERE ${matches}`);
  });
}

const latestMetric = (name: string, conditions: Sql): Sql =>
  sql`SELECT m.metric_value FROM logged_model_metrics m WHERE m.model_id = lm.model_id AND m.metric_name = ${name} ${conditions}
    ORDER BY m.metric_step DESC, m.metric_timestamp_ms DESC, m.metric_value DESC LIMIT 1`;

function onDatasets(datasets: readonly DatasetFilter[]): Sql {
  if (datasets.length === 0) return sql``;
  const names = datasets.map(({ dataset_name: name }) => name);
  const digests = datasets.map(({ dataset_digest: digest }) => digest || null);
  return sql`AND EXISTS (SELECT FROM unnest(${names}::text[], ${digests}::text[]) AS d(name, digest)
    WHERE d.name = m.dataset_name AND d.digest IS NOT DISTINCT FROM m.dataset_digest)`;
}

const order = {
  direction: nullsLast,
  ties: {
    "lm.creation_timestamp_ms": sql`lm.creation_timestamp_ms DESC`,
    "lm.model_id": sql`lm.model_id ASC`,
  },
};

/**
 * The order of a logged models search, whose clauses are no texts: as asked for, nulls and models without the metric
 * last, then latest first, then by id (_apply_order_by_search_logged_models of
 * mlflow/store/tracking/sqlalchemy_store.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function loggedModelsOrderBy(
  orderBy: readonly LoggedModelOrder[] = [],
  datasets: readonly DatasetFilter[] = [],
): Ordering {
  checkOrderBySize(orderBy.map(({ field_name: field }) => field));
  return orderingOf(order, orderBy, (clause) => ({
    ...orderKey(clause, datasets),
    ascending: clause.ascending ?? true,
  }));
}

const orders = orderKeys(fields);

function orderKey(clause: LoggedModelOrder, datasets: readonly DatasetFilter[]): OrderKey {
  const field = clause.field_name;
  const dot = field.indexOf(".");
  if (dot < 0) {
    const column = columnOf(field);
    const key = Object.hasOwn(orders, column) ? orders[column] : undefined;
    if (key) return key;
    // In MLflow only this refusal has this error class.
    throw new MlflowError("INVALID_PARAMETER_VALUE", `Invalid order by field name: ${shown(field)}`, {
      classified: ["KAM04", "ATTRIBUTE_NOT_FOUND"],
    });
  }
  if (field.slice(0, dot) !== "metrics") {
    throw invalid(`Invalid order by field name: ${shown(field)}. Only metrics are supported.`);
  }
  const latest = latestMetric(field.slice(dot + 1), orderDatasets(clause, datasets));
  return {
    field,
    at: (alias) => ({ join: sql`LEFT JOIN LATERAL (${latest}) ${alias} ON TRUE`, column: sql`${alias}.metric_value` }),
  };
}

function orderDatasets(clause: LoggedModelOrder, datasets: readonly DatasetFilter[]): Sql {
  const name = clause.dataset_name ? sql`AND m.dataset_name = ${clause.dataset_name}` : sql``;
  const digest = clause.dataset_digest ? sql`AND m.dataset_digest = ${clause.dataset_digest}` : sql``;
  return sql`${onDatasets(datasets)} ${name} ${digest}`;
}
