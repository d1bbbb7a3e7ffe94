import { reprSet } from "../mlflow/python-text.ts";
import { type Comparison, parseFilter, refusals, requireIdentifier } from "../mlflow/search/clauses.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { checkOrderBySize } from "../mlflow/search/limits.ts";
import { nullsLast, type Ordering, parseOrderBy, requireDistinct } from "../mlflow/search/order-by.ts";
import * as values from "../mlflow/search/values.ts";
import { join, raw, type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { datasetFields, runAliases, runFields } from "./fields.ts";

type Entity = "metric" | "parameter" | "tag" | "attribute" | "dataset";

interface Condition {
  entity: Entity;
  key: string;
  operator: string;
  value: values.Value;
}

const entities: Readonly<Record<string, Entity>> = {
  metric: "metric",
  metrics: "metric",
  parameter: "parameter",
  parameters: "parameter",
  param: "parameter",
  params: "parameter",
  tag: "tag",
  tags: "tag",
  attribute: "attribute",
  attributes: "attribute",
  attr: "attribute",
  run: "attribute",
  dataset: "dataset",
  datasets: "dataset",
};

const keysOf = (fields: object): string[] => Object.keys(fields);
const searchable = [...keysOf(runFields), ...runAliases.keys()];
const orderable = [...keysOf(runFields), "created", "Created"];
const wording = refusals((clause) => `'${clause}'`);
const keyed = [...values.textOperators, ...values.nullOperators];
const comparable = [...values.textOperators, ...values.listOperators];

/**
 * The condition of a runs search, over `runs r`. Experiments and lifecycle stages are not in it.
 * Behaves as mlflow/utils/search_utils.py (SearchUtils) and _get_sqlalchemy_filter_clauses of
 * mlflow/store/tracking/sqlalchemy_store.py: a metric, param or tag that a run lacks satisfies nothing but IS NULL, not
 * even `!=`; a NaN metric satisfies `!=` only.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export function runsFilter(filter: string | undefined): Sql {
  const conditions = parseFilter(filter, wording).map(conditionOf);
  for (const condition of conditions) requireOperator(condition);
  return conditions.length === 0 ? sql`TRUE` : join(conditions.map(toSql), " AND ");
}

function conditionOf(comparison: Comparison): Condition {
  requireIdentifier(comparison);
  const { left, right, operator } = comparison;
  const { entity, key } = identify(left.text, searchable);
  if (right !== undefined) {
    return {
      entity,
      key: runAliases.get(key) ?? key,
      operator: operator.toUpperCase(),
      value: readValue(entity, key, right),
    };
  }
  if (entity !== "tag" && entity !== "parameter") {
    throw invalid(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${entity}' '${shown(key)}'`);
  }
  return { entity, key: runAliases.get(key) ?? key, operator, value: "" };
}

/** `metrics.loss`, `status`; the quotes around a key go, those around what stands before the dot only if backticks. */
function identify(text: string, attributes: readonly string[]): { entity: Entity; key: string } {
  const dot = text.indexOf(".");
  const name = dot < 0 ? "attribute" : values.withoutBackticks(text.slice(0, dot));
  const entity = Object.hasOwn(entities, name) ? entities[name] : undefined;
  if (entity === undefined) {
    const known = "['metric', 'parameter', 'tag', 'attribute', 'dataset']";
    throw invalid(`Invalid entity type '${shown(name)}'. Valid values are ${known}`);
  }
  const key = values.keyOf(text.slice(dot + 1));
  if (entity === "attribute" && !attributes.includes(key)) {
    throw searchErrors.unknownAttribute(key, attributes);
  }
  if (entity === "dataset" && !Object.hasOwn(datasetFields, key)) {
    throw invalid(`Invalid dataset key '${shown(key)}' specified. Valid keys are '${reprSet(keysOf(datasetFields))}'`);
  }
  return { entity, key };
}

const fieldOf = (key: string) => runFields[runAliases.get(key) ?? key];

function readValue(entity: Entity, key: string, right: NonNullable<Comparison["right"]>): values.Value {
  if (entity === "metric") {
    if (values.isNumber(right)) return Number(right.text);
    throw searchErrors.notNumeric("metric", right.text);
  }
  if (entity === "attribute" && fieldOf(key)?.type === "integer") {
    if (values.isNumber(right)) return values.numberOf(right);
    throw searchErrors.notNumeric(`numeric attribute: ${shown(key)}`, right.text);
  }
  if (values.isText(right)) return values.textOf(right);
  if (right.kind === "parenthesis" && (entity === "attribute" || entity === "dataset")) {
    if (entity === "attribute") values.requireListKey(key, ["run_id"]);
    return values.listOf(right);
  }
  throw searchErrors.notQuoted(expected[entity], right.text);
}

const expected: Readonly<Record<Entity, string>> = {
  metric: "metric",
  parameter: "parameter (e.g. 'my-value')",
  tag: "tag (e.g. 'my-value')",
  attribute: "attributes",
  dataset: "dataset attributes",
};

/** MLflow leaves out the closing quote for all but params and text attributes, and names the wrong set for numbers. */
function requireOperator({ entity, key, operator }: Condition): void {
  const numeric = entity === "attribute" && fieldOf(key)?.type === "integer";
  const allowed: readonly string[] =
    entity === "metric" || numeric
      ? values.numericOperators
      : entity === "attribute" || entity === "dataset"
        ? comparable
        : keyed;
  if (allowed.includes(operator)) return;
  const close = entity === "parameter" || (entity === "attribute" && !numeric) ? "'" : "";
  throw searchErrors.comparatorNotOneOf(operator, numeric ? comparable : allowed, close);
}

function toSql({ entity, key, operator, value }: Condition): Sql {
  if (entity === "attribute") {
    if (key === "run_name") return keyedSql(sql`tags`, "mlflow.runName", operator, value);
    return values.compare(runFields[key]?.column ?? sql`r.run_uuid`, operator, value);
  }
  if (entity === "metric") return metricSql(key, operator, Number(value));
  if (entity === "dataset") return datasetSql(key, operator, value);
  return keyedSql(entity === "tag" ? sql`tags` : sql`params`, key, operator, value);
}

function keyedSql(table: Sql, key: string, operator: string, value: values.Value): Sql {
  const row = sql`SELECT FROM ${table} k WHERE k.key = ${key} AND k.run_uuid = r.run_uuid`;
  if (operator === "IS NULL") return sql`NOT ${exists(row)}`;
  if (operator === "IS NOT NULL") return exists(row);
  return exists(sql`${row} AND ${values.compare(sql`k.value`, operator, value)}`);
}

/** A NaN metric is stored as value 0 with is_nan. */
function metricSql(key: string, operator: string, value: number): Sql {
  const compared = values.compareDouble(sql`m.value`, operator, value);
  const matches = operator === "!=" ? sql`(${compared} OR m.is_nan)` : sql`${compared} AND NOT m.is_nan`;
  return exists(sql`SELECT FROM latest_metrics m WHERE m.key = ${key} AND m.run_uuid = r.run_uuid AND ${matches}`);
}

function datasetSql(key: string, operator: string, value: values.Value): Sql {
  const matches = values.compare(datasetFields[key] ?? sql`d.name`, operator, value);
  const tags =
    key === "context"
      ? sql`JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'`
      : sql``;
  return exists(sql`SELECT FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id ${tags}
    WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id = r.run_uuid AND ${matches}`);
}

/**
 * The order of a runs search, over `runs r`: as asked for, then latest start first, then by run id. Runs without the
 * metric, param, tag or attribute come last in both directions, NaN metrics before them
 * (_get_orderby_clauses of mlflow/store/tracking/sqlalchemy_store.py). The joins add no rows.
 * @throws MlflowError INVALID_PARAMETER_VALUE; INTERNAL_ERROR for a field named twice, as in MLflow
 */
export function runsOrderBy(orderBy: readonly string[] = []): Ordering {
  checkOrderBySize(orderBy);
  const seen = new Set<string>();
  const joins: Sql[] = [];
  const terms: Sql[] = [];
  for (const clause of orderBy) {
    const { identifier, ascending } = parseOrderBy(clause);
    const { entity, key: written } = identify(identifier, orderable);
    const key = runAliases.get(written) ?? written;
    if (entity === "dataset") throw invalid(`Invalid identifier type '${entity}'`);
    requireDistinct(seen, `${entity} ${key}`, orderBy);
    if (entity === "attribute") {
      terms.push(nullsLast(runFields[key]?.column ?? sql`r.run_uuid`, ascending));
      continue;
    }
    const alias = raw(`o${joins.length + 1}`);
    joins.push(sql`LEFT JOIN ${tables[entity]} ${alias} ON ${alias}.key = ${key} AND ${alias}.run_uuid = r.run_uuid`);
    if (entity === "metric") {
      terms.push(sql`CASE WHEN ${alias}.is_nan THEN 1 WHEN ${alias}.value IS NULL THEN 2 ELSE 0 END`);
    }
    terms.push(nullsLast(sql`${alias}.value`, ascending));
  }
  if (!seen.has("attribute start_time")) terms.push(sql`r.start_time DESC`);
  terms.push(sql`r.run_uuid`);
  return { joins: joins.length === 0 ? sql`` : join(joins, " "), orderBy: join(terms, ", ") };
}

const tables: Readonly<Record<Exclude<Entity, "attribute" | "dataset">, Sql>> = {
  metric: sql`latest_metrics`,
  parameter: sql`params`,
  tag: sql`tags`,
};
