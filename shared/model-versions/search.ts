import { floatText, parseInteger, repr, reprSet } from "../mlflow/python-text.ts";
import { atDot } from "../mlflow/search/compile.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { integer, keyAmong, nullsHighest, orderKeys, text } from "../mlflow/search/keys.ts";
import type { Key, OrderKey, Specification } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import * as registry from "../registered-models/search.ts";

const numbers = ["version_number", "creation_timestamp", "last_updated_timestamp"];
const attribute = (name: string, column: Sql) => registry.attribute(name, column, ["name", "run_id"], numbers);

/** It may also be written as a text, `'3'`. */
const versionNumber: Key = {
  ...attribute("version_number", sql`mv.version`),
  operators: values.numericOperators,
  refused: (operator) => invalid(`Invalid comparator for attribute version_number: ${shown(operator)}`),
  convert: (value) => {
    const number = typeof value === "string" ? parseInteger(value) : value;
    if (typeof number === "bigint") return number;
    throw searchErrors.invalidNumber("version_number", typeof value === "number" ? floatText(value) : repr(value));
  },
};

const orders = orderKeys({
  name: text(sql`mv.name`),
  version_number: integer(sql`mv.version`),
  creation_timestamp: integer(sql`mv.creation_time`),
  last_updated_timestamp: integer(sql`mv.last_updated_time`),
});

/** As in MLflow, `tags.name` is the attribute. */
function orderKey(identifier: string): OrderKey {
  const [kind, name] = atDot(identifier);
  const known = ["attribute", "attributes", "tag", "tags"];
  if (!known.includes(kind)) throw searchErrors.unknownEntity(kind, known);
  if (kind.startsWith("attribute")) return keyAmong(orders, searchErrors.unknownAttribute)(name);
  return keyAmong(orders, (_key, keys) =>
    invalid(`Invalid order by key '${shown(name)}' specified. Valid keys are ${reprSet(keys)}`),
  )(name);
}

/**
 * Model versions, over `model_versions mv`, the latest change first unless asked otherwise. One version tagged as a
 * prompt makes all of a name's prompts (_get_search_model_versions_filter_clauses and
 * _parse_search_model_versions_order_by of mlflow/store/model_registry/sqlalchemy_store.py).
 */
export const modelVersionSearch: Specification = {
  ...registry.registryFilter({
    search: "model version",
    attributes: {
      name: attribute("name", sql`mv.name`),
      version_number: versionNumber,
      run_id: attribute("run_id", sql`mv.run_id`),
      source_path: attribute("source_path", sql`mv.source`),
    },
    tags: (key) => sql`SELECT FROM model_version_tags t WHERE t.workspace = mv.workspace AND t.key = ${key}
      AND t.name = mv.name AND t.version = mv.version`,
    prompts: sql`SELECT FROM model_version_tags p WHERE p.workspace = mv.workspace
      AND p.key = 'mlflow.prompt.is_prompt' AND p.name = mv.name AND p.value = 'true'`,
  }),
  order: {
    key: orderKey,
    fallback: ["last_updated_timestamp DESC", "name ASC", "version_number DESC"],
    direction: nullsHighest,
    distinct: "INTERNAL_ERROR",
    ties: { "mv.name": sql`mv.name ASC`, "mv.version": sql`mv.version DESC` },
  },
};
