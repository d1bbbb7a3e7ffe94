import { floatText, parseInteger, repr } from "../mlflow/python-text.ts";
import { type Comparison, type Operand, parseFilter, refusals, requireIdentifier } from "../mlflow/search/clauses.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { checkOrderBySize } from "../mlflow/search/limits.ts";
import { direction, type Ordering, parseOrderBy } from "../mlflow/search/order-by.ts";
import * as values from "../mlflow/search/values.ts";
import { join, type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { experimentErrors } from "./errors.ts";
import { experimentFields } from "./fields.ts";

interface Condition {
  entity: "attribute" | "tag";
  key: string;
  operator: string;
  value: values.Value;
}

const attributes = Object.keys(experimentFields);
const wording = refusals((clause) => clause);

/**
 * The condition of an experiments search, over `experiments e`; workspace and lifecycle stages are not in it.
 * Behaves as SearchExperimentsUtils of mlflow/utils/search_utils.py and _get_search_experiments_filter_clauses of
 * mlflow/store/tracking/sqlalchemy_store.py.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export function experimentsFilter(filter: string | undefined): Sql {
  const conditions = parseFilter(filter, wording).map(conditionOf);
  return conditions.length === 0 ? sql`TRUE` : join(conditions.map(toSql), " AND ");
}

function conditionOf(comparison: Comparison): Condition {
  requireIdentifier(comparison);
  const { left, right, operator } = comparison;
  const { entity, key } = identify(left.text, attributes);
  if (right !== undefined)
    return { entity, key, operator: operator.toUpperCase(), value: readValue(entity, key, right) };
  if (entity !== "tag") {
    throw invalid(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${shown(key)}'`);
  }
  return { entity, key, operator, value: "" };
}

/**
 * Reads `name`, `attribute.name` or `tags.key`; also what the registry's order_by clauses are read with.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function identify(text: string, attributes: readonly string[]): { entity: "attribute" | "tag"; key: string } {
  const dot = text.indexOf(".");
  const name = dot < 0 ? "attribute" : text.slice(0, dot);
  const known = ["attribute", "attributes", "tag", "tags"];
  if (!known.includes(name)) throw searchErrors.unknownEntity(name, known);
  const key = values.keyOf(text.slice(dot + 1));
  const entity = name.startsWith("tag") ? "tag" : "attribute";
  if (entity === "attribute" && !attributes.includes(key)) {
    throw searchErrors.unknownAttribute(key, attributes);
  }
  return { entity, key };
}

function readValue(entity: Condition["entity"], key: string, right: Operand): values.Value {
  if (entity === "attribute" && key !== "experiment_id" && experimentFields[key]?.type === "integer") {
    if (values.isNumber(right)) return values.numberOf(right);
    throw searchErrors.notNumeric(`numeric attribute: ${shown(key)}`, right.text);
  }
  if (values.isText(right)) return values.textOf(right);
  if (entity === "tag") {
    throw searchErrors.notQuoted("tag (e.g. 'my-value')", right.text);
  }
  if (right.kind !== "parenthesis") {
    throw searchErrors.notQuoted("attributes", right.text);
  }
  values.requireListKey(key, ["experiment_id"]);
  return values.listOf(right);
}

function toSql({ entity, key, operator, value }: Condition): Sql {
  if (entity === "tag") return tagSql(key, operator, value);
  const field = experimentFields[key];
  const column = field?.column ?? sql`e.experiment_id`;
  if (key === "experiment_id") return experimentIdSql(column, operator, value);
  if (field?.type === "text") {
    const allowed = [...values.textOperators, ...values.listOperators];
    if (!values.isOneOf(operator, allowed)) {
      throw searchErrors.comparatorNotOneOf(operator, allowed);
    }
    if (!values.isOneOf(operator, values.textOperators)) {
      throw invalid(`Invalid comparator for string attribute: ${shown(operator)}`);
    }
  } else {
    requireNumeric(key, operator, value);
  }
  return values.compare(column, operator, value);
}

function requireNumeric(key: string, operator: string, value: values.Value): void {
  if (!values.isOneOf(operator, values.numericOperators)) {
    throw searchErrors.comparatorNotOneOf(operator, [...values.textOperators, ...values.listOperators], "");
  }
  if (typeof value === "number") {
    throw searchErrors.invalidNumber(key, repr(floatText(value)));
  }
}

/** Ids are written as texts, and compared as the integers they stand for. */
function experimentIdSql(column: Sql, operator: string, value: values.Value): Sql {
  if (!values.isOneOf(operator, ["=", "!=", ...values.listOperators])) {
    throw invalid(`Invalid comparator for experiment_id: ${shown(operator)}`);
  }
  const single = Array.isArray(value) && value.length === 1 && !values.isOneOf(operator, values.listOperators);
  if (single || !Array.isArray(value)) return values.compare(column, operator, experimentId(String(value)));
  return values.compare(
    sql`${column}::text`,
    operator,
    value.map((id) => String(experimentId(id))),
  );
}

function experimentId(text: string): bigint {
  const id = parseInteger(text);
  if (id === undefined) throw experimentErrors.invalidId(text);
  return id;
}

function tagSql(key: string, operator: string, value: values.Value): Sql {
  const row = sql`SELECT FROM experiment_tags t WHERE t.key = ${key} AND t.experiment_id = e.experiment_id`;
  if (operator === "IS NULL") return sql`NOT ${exists(row)}`;
  if (operator === "IS NOT NULL") return exists(row);
  if (!values.isOneOf(operator, values.textOperators)) throw searchErrors.comparatorOfTag(operator);
  return exists(sql`${row} AND ${values.compare(sql`t.value`, operator, value)}`);
}

/**
 * The order of an experiments search, over `experiments e`: newest first unless asked otherwise, ties by id
 * (_get_search_experiments_order_by_clauses of mlflow/store/tracking/sqlalchemy_store.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function experimentsOrderBy(orderBy: readonly string[] = []): Ordering {
  checkOrderBySize(orderBy);
  const asked = orderBy.length > 0 ? orderBy : ["creation_time DESC", "experiment_id ASC"];
  const clauses = asked.map((clause) => {
    const { identifier, ascending } = parseOrderBy(clause);
    return { ...identify(identifier, attributes), ascending };
  });
  const other = clauses.find(({ entity }) => entity !== "attribute");
  if (other) throw invalid(`Invalid order_by entity: ${shown(other.entity)}`);
  const terms = clauses.map(({ key, ascending }) =>
    direction(experimentFields[key]?.column ?? sql`e.experiment_id`, ascending),
  );
  if (!clauses.some(({ key }) => key === "experiment_id")) terms.push(sql`e.experiment_id DESC`);
  return { joins: sql``, orderBy: join(terms, ", ") };
}
