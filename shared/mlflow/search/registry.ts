import { join, type Sql, sql } from "../../platform/db/sql.ts";
import { invalid } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { reprSet } from "../python-text.ts";
import { type Comparison, parseFilter, refusals, requireIdentifier } from "./clauses.ts";
import { searchErrors } from "./errors.ts";
import type { Fields } from "./fields.ts";
import * as values from "./values.ts";

/** One condition of a registry search; what registered models and model versions have in common. */
export interface Condition {
  entity: "attribute" | "tag";
  key: string;
  operator: string;
  value: values.Value;
}

interface Rules {
  fields: Fields;
  /** What the refusal of IS NULL calls the search. */
  search: string;
  /** Attributes that may be compared with a list. */
  lists: readonly string[];
  /** Attributes that may be compared with a number, undefined where none may. */
  numbers?: readonly string[];
}

const isPrompt = "mlflow.prompt.is_prompt";
const wording = refusals((clause) => clause);

/**
 * The conditions of a registry filter (SearchModelUtils and SearchModelVersionUtils of mlflow/utils/search_utils.py).
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export const parseConditions = (filter: string | undefined, rules: Rules): Condition[] =>
  parseFilter(filter, wording).map((comparison) => conditionOf(comparison, rules));

function conditionOf(comparison: Comparison, rules: Rules): Condition {
  requireIdentifier(comparison);
  const { left, right, operator } = comparison;
  if (right === undefined) throw invalid(`IS NULL / IS NOT NULL is not supported for ${rules.search} search.`);
  const { entity, key } = identify(left.text, Object.keys(rules.fields));
  return { entity, key, operator: operator.toUpperCase(), value: readValue(entity, key, right, rules) };
}

/** Unlike elsewhere, an attribute must be written without quotes. */
function identify(text: string, attributes: readonly string[]): Pick<Condition, "entity" | "key"> {
  const dot = text.indexOf(".");
  const name = dot < 0 ? "attribute" : text.slice(0, dot);
  const known = ["attribute", "tag", "tags"];
  if (!known.includes(name)) throw searchErrors.unknownEntity(name, known);
  const key = text.slice(dot + 1);
  if (name !== "attribute") return { entity: "tag", key: values.keyOf(key) };
  if (!attributes.includes(key)) {
    throw searchErrors.unknownAttribute(key, attributes);
  }
  return { entity: "attribute", key };
}

function readValue(
  entity: Condition["entity"],
  key: string,
  right: NonNullable<Comparison["right"]>,
  rules: Rules,
): values.Value {
  if (values.isText(right)) return values.textOf(right);
  if (entity === "tag") {
    throw searchErrors.notQuoted("tag (e.g. 'my-value')", right.text);
  }
  if (right.kind === "parenthesis") {
    values.requireListKey(key, rules.lists);
    return values.listOf(right);
  }
  if (rules.numbers && values.isNumber(right)) {
    if (rules.numbers.includes(key)) return values.numberOf(right);
    throw invalid(`Only the '${reprSet(rules.numbers)}' attributes support comparison with numeric values.`);
  }
  throw invalid(
    `Expected a quoted string value or a list of quoted string values for attributes. Got value ${shown(right.text)}`,
  );
}

/** Refuses what tags can't be compared with. */
export function requireTagOperator(operator: string): void {
  if (!values.isOneOf(operator, values.textOperators)) throw searchErrors.comparatorOfTag(operator);
}

/** All of `conditions`; of none, what is always true. */
export const allOf = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`TRUE` : join([...conditions], " AND ");

/**
 * The tag conditions, and the one that hides prompts: models are shown unless the filter asks for prompts by
 * `tags.mlflow.prompt.is_prompt = 'true'` (or `!= 'false'`), and its conditions on that tag then mean nothing else
 * (_update_query_to_exclude_prompts of mlflow/store/model_registry/sqlalchemy_store.py).
 * @param tagExists the condition that a tag with this key and value condition exists
 * @param prompts the condition that the model is a prompt
 */
export function tagConditions(
  conditions: readonly Condition[],
  tagExists: (key: string, matches: (column: Sql) => Sql) => Sql,
  prompts: Sql,
): Sql[] {
  const tags = conditions.filter(({ entity }) => entity === "tag");
  const wanted = wantsPrompts(tags);
  const counted = wanted ? tags : tags.filter(({ key }) => key !== isPrompt);
  const exist = counted.map(({ key, operator, value }) =>
    tagExists(key, (column) => values.compare(column, operator, value)),
  );
  return wanted ? exist : [...exist, sql`NOT ${prompts}`];
}

function wantsPrompts(tags: readonly Condition[]): boolean {
  const asked = tags.find(({ key }) => key === isPrompt);
  const value = String(asked?.value).toLowerCase();
  return (asked?.operator === "=" && value === "true") || (asked?.operator === "!=" && value === "false");
}
