import { floatText, parseInteger, repr } from "../mlflow/python-text.ts";
import { refusals } from "../mlflow/search/clauses.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { attributeKey, integer, keyAmong, nullsHighest, orderKeys, tag, text } from "../mlflow/search/keys.ts";
import type { Key, Specification } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { experimentErrors } from "./errors.ts";

const fields = {
  name: text(sql`e.name`),
  experiment_id: integer(sql`e.experiment_id`),
  creation_time: integer(sql`e.creation_time`),
  last_update_time: integer(sql`e.last_update_time`),
};

const attributes: Readonly<Record<string, Key>> = {
  name: {
    ...attributeKey("name", fields.name, ["experiment_id"]),
    convert: (value, operator) => {
      if (values.textOperators.includes(operator)) return value;
      throw invalid(`Invalid comparator for string attribute: ${shown(operator)}`);
    },
  },
  // Ids are written as texts, and compared as the integers they stand for.
  experiment_id: {
    ...attributeKey("experiment_id", text(fields.experiment_id.column), ["experiment_id"]),
    operators: ["=", "!=", ...values.listOperators],
    refused: (operator) => invalid(`Invalid comparator for experiment_id: ${shown(operator)}`),
    convert: (value) => values.toIntegers(value, experimentIdOf),
  },
  creation_time: time("creation_time"),
  last_update_time: time("last_update_time"),
};

function time(name: "creation_time" | "last_update_time"): Key {
  const convert = (value: values.Value) => {
    if (typeof value === "number") throw searchErrors.invalidNumber(name, repr(floatText(value)));
    return value;
  };
  return { ...attributeKey(name, fields[name], []), convert };
}

function tagOf(key: string): Key {
  const rows = sql`SELECT FROM experiment_tags t WHERE t.key = ${key} AND t.experiment_id = e.experiment_id`;
  return { ...tag(rows, sql`t.value`), operators: [...values.textOperators, ...values.nullOperators] };
}

/** @throws MlflowError INVALID_PARAMETER_VALUE where it is no whole number */
export function experimentIdOf(text: string): bigint {
  const id = parseInteger(text);
  if (id === undefined) throw experimentErrors.invalidId(text);
  return id;
}

/**
 * Experiments, over `experiments e`, newest first unless asked otherwise (SearchExperimentsUtils of
 * mlflow/utils/search_utils.py; _get_search_experiments_filter_clauses and _get_search_experiments_order_by_clauses of
 * mlflow/store/tracking/sqlalchemy_store.py).
 */
export const experimentSearch: Specification = {
  wording: refusals((clause) => clause),
  noNullTest: (_kind, name) =>
    invalid(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${shown(name)}'`),
  kinds: [
    {
      names: ["attribute", "attributes"],
      key: keyAmong(attributes, searchErrors.unknownAttribute),
      order: keyAmong(orderKeys(fields), searchErrors.unknownAttribute),
    },
    { names: ["tag", "tags"], key: tagOf },
  ],
  order: {
    fallback: ["creation_time DESC", "experiment_id ASC"],
    direction: nullsHighest,
    ties: { "e.experiment_id": sql`e.experiment_id DESC` },
  },
};
