import { experimentErrors } from "../experiments/errors.ts";
import { parseFloatText, parseInteger, repr, reprTuple } from "../mlflow/python-text.ts";
import { type Comparison, type Operand, parseItems, parseList, type Refusals } from "../mlflow/search/clauses.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { checkOrderBySize, maxDatasets } from "../mlflow/search/limits.ts";
import { nullsLast, type Ordering } from "../mlflow/search/order-by.ts";
import type { LoggedModelOrder } from "../mlflow/search/page-token.ts";
import * as values from "../mlflow/search/values.ts";
import { join, raw, type Sql, sql } from "../platform/db/sql.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { loggedModelAliases, loggedModelFields, loggedModelStatuses } from "./fields.ts";

/** A dataset whose metrics count. Without a digest, metrics without a digest count, as in MLflow's REST API. */
export interface DatasetFilter {
  dataset_name: string;
  dataset_digest?: string | null;
}

type Entity = "attributes" | "metrics" | "params" | "tags";

interface Condition {
  entity: Entity;
  key: string;
  operator: string;
  value: values.Value;
}

const entities: readonly string[] = ["attributes", "metrics", "params", "tags"];

const numericOperators = ["<", "<=", ">", ">=", "=", "!="];

const textOperators = ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"];

const wording: Refusals = {
  stray: (_texts, filter) =>
    `Invalid filter string: ${shown(repr(filter))}. Expected a list of comparisons ` +
    "separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').",
  unparsable: (filter) => `Invalid filter string: ${shown(repr(filter))}. Nested too deeply.`,
  notOne: (filter) => `Invalid filter string: ${shown(repr(filter))}. Expected a single SQL expression.`,
};

/**
 * The condition of a logged models search, over `logged_models lm`; experiments and the lifecycle stage are not in it.
 * Behaves as mlflow/utils/search_logged_model_utils.py and _apply_filter_string_datasets_search_logged_models of
 * mlflow/store/tracking/sqlalchemy_store.py. A metric means its latest value: highest step, then time, then value. With
 * datasets only metrics on these count, and a model needs one of them.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message where it has one (some are a 500 there)
 */
export function loggedModelsFilter(filter: string | undefined, datasets: readonly DatasetFilter[] = []): Sql {
  if (!datasets.every((dataset) => dataset.dataset_name)) {
    throw invalid("`dataset_name` in the `datasets` clause must be specified.");
  }
  if (datasets.length > maxDatasets)
    throw invalid(`A search can name at most ${maxDatasets} datasets, got ${datasets.length}.`);
  const conditions = parseItems(filter, wording).flatMap((item) => {
    if (item.type === "comparison") return [conditionOf(item)];
    if (item.type === "and") return [];
    throw invalid(wording.stray([item.text], filter ?? ""));
  });
  const terms = conditions.map((condition) => toSql(condition, datasets));
  if (datasets.length > 0 && !conditions.some(({ entity }) => entity === "metrics")) {
    terms.push(exists(sql`SELECT FROM logged_model_metrics m WHERE m.model_id = lm.model_id ${onDatasets(datasets)}`));
  }
  return terms.length === 0 ? sql`TRUE` : join(terms, " AND ");
}

function conditionOf({ left, operator: written, right }: Comparison): Condition {
  if (right === undefined) {
    throw invalid(`Invalid comparison: ${shown(left.text)}${shown(written)}. Expected a comparison with 3 tokens.`);
  }
  const operator = written.toUpperCase();
  const { entity, key } = identify(left.text);
  const numeric = entity === "metrics" || (entity === "attributes" && /_timestamp_ms$/.test(columnOf(key)));
  const allowed = numeric ? numericOperators : textOperators;
  if (!allowed.includes(operator)) {
    const named = `Invalid comparison operator for ${entity}.${shown(key)}: ${shown(repr(operator))}`;
    throw invalid(`${named}. Expected one of ${reprTuple(allowed)}.`);
  }
  return { entity, key, operator, value: numeric ? numberOf(right) : unquoted(right, operator) };
}

/** Unlike in other searches, only the plural names are known, and only backticks are taken off a key. */
function identify(text: string): { entity: Entity; key: string } {
  const match = /^([a-z]+)\.(.+)$/.exec(text);
  if (!match?.[1] || !match[2]) return { entity: "attributes", key: trim(loggedModelAliases.get(text) ?? text, "`") };
  if (!entities.includes(match[1])) {
    throw invalid(`Invalid entity type: ${shown(repr(match[1]))}. Expected one of ${repr(entities)}.`);
  }
  return { entity: match[1] as Entity, key: trim(match[2], "`") };
}

const columnOf = (key: string): string => loggedModelAliases.get(key) ?? key;

/** All of one character off both ends. */
function trim(text: string, character: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === character) start++;
  while (end > start && text[end - 1] === character) end--;
  return text.slice(start, end);
}

function numberOf(right: Operand): number {
  const value = parseFloatText(right.text);
  if (value === undefined) throw invalid(`could not convert string to float: ${shown(repr(right.text))}`);
  return value;
}

/** Anything is a text here, quoted or not. */
function unquoted(right: Operand, operator: string): values.Value {
  if (right.kind !== "parenthesis") return trim(right.text, "'");
  const empty = values.isOneOf(operator, values.listOperators) && parseList(right.text)?.length === 0;
  return empty ? [] : values.listOf(right);
}

function toSql(condition: Condition, datasets: readonly DatasetFilter[]): Sql {
  const { entity, key, operator, value } = condition;
  if (entity === "attributes") return attributeSql(condition);
  if (entity === "metrics") {
    const matches = values.compareDouble(sql`l.metric_value`, operator, Number(value));
    return exists(sql`SELECT FROM (${latestMetric(key, onDatasets(datasets))}) l WHERE ${matches}`);
  }
  if (entity === "params") {
    return exists(sql`SELECT FROM logged_model_params p WHERE p.model_id = lm.model_id AND p.param_key = ${key}
      AND ${values.compare(sql`p.param_value`, operator, value)}`);
  }
  return exists(sql`SELECT FROM logged_model_tags t WHERE t.model_id = lm.model_id AND t.tag_key = ${key}
    AND ${values.compare(sql`t.tag_value`, operator, value)}`);
}

function attributeSql({ key: written, operator, value }: Condition): Sql {
  const key = columnOf(written);
  const field = Object.hasOwn(loggedModelFields, key) ? loggedModelFields[key] : undefined;
  if (field === undefined) {
    throw searchErrors.unknownAttribute(key, Object.keys(loggedModelFields));
  }
  if (key === "status") return integerSql(field.column, operator, statuses(operator, value));
  if (key === "experiment_id") return integerSql(field.column, operator, experimentIds(operator, value));
  return values.compare(field.column, operator, value);
}

function statuses(operator: string, value: values.Value): bigint[] {
  if (!values.isOneOf(operator, ["=", "!=", ...values.listOperators])) {
    throw invalid(`Invalid comparison operator for status: ${shown(operator)}`);
  }
  const names = valuesOf(operator, value);
  return names.map((name) => {
    if (Object.hasOwn(loggedModelStatuses, name)) return BigInt(loggedModelStatuses[name] ?? 0);
    throw invalid(`Unknown model status in filter: ${shown(Array.isArray(value) ? reprTuple(names) : repr(name))}`);
  });
}

function experimentIds(operator: string, value: values.Value): bigint[] {
  if (!values.isOneOf(operator, ["=", "!=", ...values.listOperators])) {
    throw invalid(`Invalid comparison operator for experiment_id: ${shown(operator)}`);
  }
  return valuesOf(operator, value).map((text) => {
    const id = parseInteger(text);
    if (id === undefined) throw experimentErrors.invalidId(text);
    return id;
  });
}

/** The values to compare with; several only where the operator takes several. */
function valuesOf(operator: string, value: values.Value): readonly string[] {
  if (!Array.isArray(value)) return [String(value)];
  if (value.length > 1 && !values.isOneOf(operator, values.listOperators)) {
    throw searchErrors.comparatorOfList(operator);
  }
  return value;
}

const integerSql = (column: Sql, operator: string, numbers: bigint[]): Sql =>
  operator === "=" || operator === "IN"
    ? sql`${column} = ANY(${numbers.map(String)}::numeric[])`
    : sql`${column} <> ALL(${numbers.map(String)}::numeric[])`;

function onDatasets(datasets: readonly DatasetFilter[]): Sql {
  if (datasets.length === 0) return sql``;
  const names = datasets.map(({ dataset_name: name }) => name);
  const digests = datasets.map(({ dataset_digest: digest }) => digest || null);
  return sql`AND EXISTS (SELECT FROM unnest(${names}::text[], ${digests}::text[]) AS d(name, digest)
    WHERE d.name = m.dataset_name AND d.digest IS NOT DISTINCT FROM m.dataset_digest)`;
}

const latestMetric = (name: string, conditions: Sql): Sql =>
  sql`SELECT m.metric_value FROM logged_model_metrics m WHERE m.model_id = lm.model_id AND m.metric_name = ${name} ${conditions}
    ORDER BY m.metric_step DESC, m.metric_timestamp_ms DESC, m.metric_value DESC LIMIT 1`;

/**
 * The order of a logged models search, over `logged_models lm`: as asked for, nulls and models without the metric last,
 * then latest first, then by id (_apply_order_by_search_logged_models of mlflow/store/tracking/sqlalchemy_store.py).
 * The joins add no rows.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function loggedModelsOrderBy(
  orderBy: readonly LoggedModelOrder[] = [],
  datasets: readonly DatasetFilter[] = [],
): Ordering {
  checkOrderBySize(orderBy.map(({ field_name: field }) => field));
  const joins: Sql[] = [];
  const terms: Sql[] = [];
  const seen = new Set<string>();
  for (const order of orderBy) {
    const ascending = order.ascending ?? true;
    if (!order.field_name.includes(".")) {
      const key = columnOf(order.field_name);
      const field = Object.hasOwn(loggedModelFields, key) ? loggedModelFields[key] : undefined;
      if (field === undefined) throw unknownField(order.field_name);
      seen.add(key);
      terms.push(nullsLast(field.column, ascending));
      continue;
    }
    const alias = raw(`o${joins.length + 1}`);
    joins.push(
      sql`LEFT JOIN LATERAL (${latestMetric(metricName(order), orderDatasets(order, datasets))}) ${alias} ON TRUE`,
    );
    terms.push(nullsLast(sql`${alias}.metric_value`, ascending));
  }
  if (!seen.has("creation_timestamp_ms")) terms.push(sql`lm.creation_timestamp_ms DESC`);
  if (!seen.has("model_id")) terms.push(sql`lm.model_id ASC`);
  return { joins: joins.length === 0 ? sql`` : join(joins, " "), orderBy: join(terms, ", ") };
}

/** In MLflow only this refusal has this error class. */
const unknownField = (name: string) =>
  new MlflowError("INVALID_PARAMETER_VALUE", `Invalid order by field name: ${shown(name)}`, {
    classified: ["KAM04", "ATTRIBUTE_NOT_FOUND"],
  });

function metricName({ field_name: field }: LoggedModelOrder): string {
  const dot = field.indexOf(".");
  if (field.slice(0, dot) !== "metrics") {
    throw invalid(`Invalid order by field name: ${shown(field)}. Only metrics are supported.`);
  }
  return field.slice(dot + 1);
}

function orderDatasets(order: LoggedModelOrder, datasets: readonly DatasetFilter[]): Sql {
  const name = order.dataset_name ? sql`AND m.dataset_name = ${order.dataset_name}` : sql``;
  const digest = order.dataset_digest ? sql`AND m.dataset_digest = ${order.dataset_digest}` : sql``;
  return sql`${onDatasets(datasets)} ${name} ${digest}`;
}
