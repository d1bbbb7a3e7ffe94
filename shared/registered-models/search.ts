import { reprSet } from "../mlflow/python-text.ts";
import { refusals } from "../mlflow/search/clauses.ts";
import { atDot, whereOf } from "../mlflow/search/compile.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { inColumn, integer, keyAmong, nullsHighest, orderKeys, tag, text } from "../mlflow/search/keys.ts";
import type { Condition, Key, Specification } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/**
 * Registered models, over `registered_models rm` (_get_search_registered_model_filter_query and
 * _parse_search_registered_models_order_by of mlflow/store/model_registry/sqlalchemy_store.py).
 */
export const registeredModelSearch: Specification = {
  ...registryFilter({
    search: "registered model",
    attributes: { name: attribute("name", sql`rm.name`, ["name"]) },
    tags: (key) => sql`SELECT FROM registered_model_tags t WHERE t.workspace = rm.workspace AND t.key = ${key}
      AND t.name = rm.name`,
    prompts: sql`SELECT FROM registered_model_tags p WHERE p.workspace = rm.workspace
      AND p.key = 'mlflow.prompt.is_prompt' AND p.name = rm.name AND p.value = 'true'`,
  }),
  order: {
    key: keyAmong(
      orderKeys({
        name: text(sql`rm.name`),
        timestamp: integer(sql`rm.last_updated_time`),
        last_updated_timestamp: integer(sql`rm.last_updated_time`),
      }),
      (key) =>
        invalid(`Invalid order by key '${shown(key)}' specified. Valid keys are '${reprSet(["name", "timestamp"])}'`),
    ),
    direction: nullsHighest,
    distinct: "INTERNAL_ERROR",
    ties: { "rm.name": sql`rm.name ASC` },
  },
};

/**
 * What filters of the registry have in common (SearchModelUtils and SearchModelVersionUtils of
 * mlflow/utils/search_utils.py). An attribute must be written without quotes.
 * @param rules `tags` selects a tag's rows, which have it as `t`; `prompts` the rows that make the model a prompt
 */
export function registryFilter(rules: {
  search: string;
  attributes: Readonly<Record<string, Key>>;
  tags: (key: string) => Sql;
  prompts: Sql;
}): Omit<Specification, "order"> {
  const { search, attributes, tags, prompts } = rules;
  return {
    wording: refusals((clause) => clause),
    noNullTests: () => invalid(`IS NULL / IS NOT NULL is not supported for ${search} search.`),
    split: (identifier) => {
      const [kind, name] = atDot(identifier);
      return [kind, kind === "attribute" ? identifier.slice(identifier.indexOf(".") + 1) : name];
    },
    kinds: [
      { names: ["attribute"], key: keyAmong(attributes, searchErrors.unknownAttribute) },
      { names: ["tag", "tags"], key: (name) => tag(tags(name), sql`t.value`) },
    ],
    terms: (conditions) => withoutPrompts(conditions, exists(prompts)),
  };
}

/**
 * An attribute of the registry.
 * @param lists the attributes that can be compared with a list
 * @param numbers those that can be compared with a number
 */
export function attribute(name: string, column: Sql, lists: readonly string[], numbers: readonly string[] = []): Key {
  return {
    read: (right) => {
      if (values.isText(right)) return values.textOf(right);
      if (right.kind === "parenthesis") return values.listFor(name, lists, right);
      if (numbers.length === 0 || !values.isNumber(right)) {
        const expected = "Expected a quoted string value or a list of quoted string values for attributes.";
        throw invalid(`${expected} Got value ${shown(right.text)}`);
      }
      if (numbers.includes(name)) return values.numberOf(right);
      throw searchErrors.onlyForNumbers(numbers);
    },
    operators: lists.includes(name) ? values.textOrListOperators : values.textOperators,
    refused: searchErrors.comparatorOfAttribute,
    where: inColumn(column),
  };
}

/**
 * Hides prompts unless the filter asks for them by `tags.mlflow.prompt.is_prompt = 'true'` (or `!= 'false'`). Otherwise
 * its conditions on that tag mean nothing (_update_query_to_exclude_prompts of
 * mlflow/store/model_registry/sqlalchemy_store.py).
 */
function withoutPrompts(conditions: readonly Condition[], isPrompt: Sql): Sql[] {
  const onPrompts = ({ kind, name }: Condition) => kind === "tag" && name === "mlflow.prompt.is_prompt";
  const asked = conditions.find(onPrompts);
  const value = String(asked?.value).toLowerCase();
  if ((asked?.operator === "=" && value === "true") || (asked?.operator === "!=" && value === "false"))
    return conditions.map(whereOf);
  const others = conditions.filter((condition) => !onPrompts(condition));
  return [...others.map(whereOf), sql`NOT ${isPrompt}`];
}
