import { reprSet } from "../mlflow/python-text.ts";
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
import { registeredModelFields, registeredModelOrderFields } from "./fields.ts";

const rules = { fields: registeredModelFields, search: "registered model", lists: ["name"] };

const prompts = exists(sql`SELECT FROM registered_model_tags p WHERE p.workspace = rm.workspace
  AND p.key = 'mlflow.prompt.is_prompt' AND p.name = rm.name AND p.value = 'true'`);

/**
 * The condition of a registered models search, over `registered_models rm`; the workspace is not in it. Prompts are
 * left out unless asked for (_get_search_registered_model_filter_query of
 * mlflow/store/model_registry/sqlalchemy_store.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export function registeredModelsFilter(filter: string | undefined): Sql {
  const conditions = parseConditions(filter, rules);
  for (const condition of conditions) requireOperator(condition);
  const attributes = conditions.filter(({ entity }) => entity === "attribute");
  return allOf([
    ...attributes.map(({ operator, value }) => values.compare(sql`rm.name`, operator, value)),
    ...tagConditions(conditions, tagExists, prompts),
  ]);
}

function requireOperator({ entity, operator }: Condition): void {
  if (entity === "tag") requireTagOperator(operator);
  else if (!values.isOneOf(operator, [...values.textOperators, ...values.listOperators])) {
    throw searchErrors.comparatorOfAttribute(operator);
  }
}

const tagExists = (key: string, matches: (column: Sql) => Sql): Sql =>
  exists(sql`SELECT FROM registered_model_tags t WHERE t.workspace = rm.workspace AND t.key = ${key}
    AND t.name = rm.name AND ${matches(sql`t.value`)}`);

/**
 * The order of a registered models search, over `registered_models rm`: as asked for, then by name
 * (_parse_search_registered_models_order_by of mlflow/store/model_registry/sqlalchemy_store.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE; INTERNAL_ERROR for a field named twice, as in MLflow
 */
export function registeredModelsOrderBy(orderBy: readonly string[] = []): Ordering {
  checkOrderBySize(orderBy);
  const seen = new Set<string>();
  const terms = orderBy.map((clause) => {
    const { identifier, ascending } = parseOrderBy(clause);
    const field = Object.hasOwn(registeredModelOrderFields, identifier)
      ? registeredModelOrderFields[identifier]
      : undefined;
    if (field === undefined) {
      throw invalid(
        `Invalid order by key '${shown(identifier)}' specified. Valid keys are '${reprSet(["name", "timestamp"])}'`,
      );
    }
    requireDistinct(seen, field.column.sql, orderBy);
    return direction(field.column, ascending);
  });
  if (!seen.has("rm.name")) terms.push(sql`rm.name ASC`);
  return { joins: sql``, orderBy: join(terms, ", ") };
}
