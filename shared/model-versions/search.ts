import { identify } from "../experiments/search.ts";
import { floatText, parseInteger, repr, reprSet } from "../mlflow/python-text.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { checkOrderBySize } from "../mlflow/search/limits.ts";
import { direction, type Ordering, parseOrderBy, requireDistinct } from "../mlflow/search/order-by.ts";
import {
  allOf,
  type Condition,
  parseConditions,
  requireTagOperator,
  tagConditions,
} from "../mlflow/search/registry.ts";
import * as values from "../mlflow/search/values.ts";
import { join, type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { modelVersionFields, modelVersionOrderFields } from "./fields.ts";

const rules = {
  fields: modelVersionFields,
  search: "model version",
  lists: ["name", "run_id"],
  numbers: ["version_number", "creation_timestamp", "last_updated_timestamp"],
};

const prompts = exists(sql`SELECT FROM model_version_tags p WHERE p.workspace = mv.workspace
  AND p.key = 'mlflow.prompt.is_prompt' AND p.name = mv.name AND p.value = 'true'`);

/**
 * The condition of a model versions search, over `model_versions mv`; neither the workspace nor the stage of deleted
 * versions is in it. Versions of prompts are left out unless asked for; one tagged version makes all of a name's
 * prompts (_get_search_model_versions_filter_clauses of mlflow/store/model_registry/sqlalchemy_store.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export function modelVersionsFilter(filter: string | undefined): Sql {
  const conditions = parseConditions(filter, rules).map(checked);
  const attributes = conditions.filter(({ entity }) => entity === "attribute");
  return allOf([
    ...attributes.map(({ key, operator, value }) =>
      values.compare(modelVersionFields[key]?.column ?? sql`mv.name`, operator, value),
    ),
    ...tagConditions(conditions, tagExists, prompts),
  ]);
}

function checked(condition: Condition): Condition {
  const { entity, key, operator } = condition;
  if (entity === "tag") requireTagOperator(operator);
  else if (key === "version_number") return { ...condition, value: versionNumber(condition) };
  else if (
    !values.isOneOf(operator, [...values.textOperators, ...values.listOperators]) ||
    (values.isOneOf(operator, values.listOperators) && !rules.lists.includes(key))
  ) {
    throw searchErrors.comparatorOfAttribute(operator);
  }
  return condition;
}

/** `version_number` may also be written as a text, `'3'`. */
function versionNumber({ key, operator, value }: Condition): bigint {
  if (!values.isOneOf(operator, values.numericOperators)) {
    throw invalid(`Invalid comparator for attribute ${shown(key)}: ${shown(operator)}`);
  }
  const number = typeof value === "string" ? parseInteger(value) : value;
  if (typeof number === "bigint") return number;
  const written = typeof value === "number" ? floatText(value) : repr(value);
  throw searchErrors.invalidNumber(key, written);
}

const tagExists = (key: string, matches: (column: Sql) => Sql): Sql =>
  exists(sql`SELECT FROM model_version_tags t WHERE t.workspace = mv.workspace AND t.key = ${key}
    AND t.name = mv.name AND t.version = mv.version AND ${matches(sql`t.value`)}`);

const fallback = ["last_updated_timestamp DESC", "name ASC", "version_number DESC"];

/**
 * The order of a model versions search, over `model_versions mv`: latest change first unless asked otherwise, then by
 * name, then highest version first (_parse_search_model_versions_order_by of
 * mlflow/store/model_registry/sqlalchemy_store.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE; INTERNAL_ERROR for a field named twice, as in MLflow
 */
export function modelVersionsOrderBy(orderBy: readonly string[] = []): Ordering {
  checkOrderBySize(orderBy);
  const asked = orderBy.length > 0 ? orderBy : fallback;
  const seen = new Set<string>();
  const terms = asked.map((clause) => {
    const { identifier, ascending } = parseOrderBy(clause);
    const keys = Object.keys(modelVersionOrderFields);
    const { key } = identify(identifier, keys);
    const field = Object.hasOwn(modelVersionOrderFields, key) ? modelVersionOrderFields[key] : undefined;
    if (field === undefined) {
      throw invalid(`Invalid order by key '${shown(key)}' specified. Valid keys are ${reprSet(keys)}`);
    }
    requireDistinct(seen, key, asked);
    return direction(field.column, ascending);
  });
  if (!seen.has("name")) terms.push(sql`mv.name ASC`);
  if (!seen.has("version_number")) terms.push(sql`mv.version DESC`);
  return { joins: sql``, orderBy: join(terms, ", ") };
}
