import { reprSet } from "../mlflow/python-text.ts";
import { refusals } from "../mlflow/search/clauses.ts";
import { atDot } from "../mlflow/search/compile.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { existsOfRow } from "../mlflow/search/exists.ts";
import * as keys from "../mlflow/search/keys.ts";
import type { Key, OrderKey, Specification, Walk } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { raw, type Sql, sql } from "../platform/db/sql.ts";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

const keyedOperators = [...values.textOperators, ...values.nullOperators];

/** Longer values are not in the indexes of params' and tags' values. */
const longestIndexed = 250;

/** As the partial indexes have it, which no other statement can use, where Postgres would choose them wrongly. */
const isIndexed = sql`length(k.value) <= ${raw(String(longestIndexed))}`;

/** A range, since Postgres takes it for rare. Of a bound it expects a third of the rows, and would read them all. */
const isTooLong = sql`length(k.value) BETWEEN ${raw(String(longestIndexed + 1))} AND 2147483647`;

/** A param or tag. MLflow leaves out the closing quote of most refused operators. */
const keyed =
  (table: string, expected: string, close: "'" | "") =>
  (name: string): Key => ({
    read: keys.quoted(`${expected} (e.g. 'my-value')`),
    operators: keyedOperators,
    refused: (operator) => searchErrors.comparatorNotOneOf(operator, keyedOperators, close),
    where: keys.inRows(
      sql`SELECT FROM ${raw(table)} k WHERE k.key = ${name} AND k.run_uuid = r.run_uuid`,
      sql`k.value`,
      existsOfRow,
    ),
    among: keys.amongRows(sql`${raw(table)} k WHERE k.key = ${name}`, sql`k.run_uuid`, sql`k.value`),
    ids: (operator, value) =>
      operator === "=" && String(value).length <= longestIndexed
        ? {
            query: sql`SELECT k.run_uuid AS id FROM ${raw(table)} k
              WHERE k.key = ${name} AND ${isIndexed} AND ${values.compare(sql`k.value`, operator, value)}`,
            index: valueIndex(table),
          }
        : undefined,
  });

const valueIndex = (table: string) => `mlfn_${table}_value`;

const param = keyed("params", "parameter", "'");
const tag = keyed("tags", "tag", "");

const ofMetric = (operator: string, value: values.Value) => {
  const compared = values.compareDouble(sql`m.value`, operator, Number(value));
  return operator === "!=" ? sql`(${compared} OR m.is_nan)` : sql`${compared} AND NOT m.is_nan`;
};

/** A metric's latest value. NaN is stored as value 0 with is_nan, and satisfies `!=` only. */
const metric = (name: string): Key => ({
  read: keys.numeric("metric", ({ text }) => Number(text)),
  operators: values.numericOperators,
  refused: (operator) => searchErrors.comparatorNotOneOf(operator, values.numericOperators, ""),
  where: (operator, value) =>
    existsOfRow(
      sql`SELECT FROM latest_metrics m WHERE m.key = ${name} AND m.run_uuid = r.run_uuid AND ${ofMetric(operator, value)}`,
    ),
  among: (operator, value, ids) =>
    sql`SELECT m.run_uuid AS id FROM latest_metrics m
      WHERE m.key = ${name} AND m.run_uuid = ANY(${ids}) AND ${ofMetric(operator, value)}`,
  ids: (operator, value) =>
    operator === "!="
      ? undefined
      : {
          query: sql`SELECT k.run_uuid AS id FROM latest_metrics k
            WHERE ${indexedMetrics(name)} AND ${values.compareDouble(sql`k.value`, operator, Number(value))}`,
          index: valueIndex("latest_metrics"),
        },
});

/** The numbers of a metric, as the partial index has them. */
const indexedMetrics = (name: string) => sql`k.key = ${name} AND NOT k.is_nan AND length(k.key) <= 250`;

const fields = {
  artifact_uri: keys.text(sql`r.artifact_uri`),
  end_time: keys.integer(sql`r.end_time`),
  run_id: keys.text(sql`r.run_uuid`),
  run_name: keys.text(sql`r.name`),
  start_time: keys.integer(sql`r.start_time`),
  status: keys.text(sql`r.status`),
  user_id: keys.text(sql`r.user_id`),
  created: keys.integer(sql`r.start_time`),
  Created: keys.integer(sql`r.start_time`),
};

/** A run's name is filtered by its tag, and ordered by its column. */
const runName = (name: string): Key => ({
  ...keys.attributeKey(name, fields.run_name, ["run_id"]),
  where: tag("mlflow.runName").where,
  ids: tag("mlflow.runName").ids,
  among: tag("mlflow.runName").among,
});

const attributes = {
  ...keys.attributeKeys(fields, ["run_id"]),
  run_name: runName("run_name"),
  "run name": runName("run name"),
  "Run name": runName("Run name"),
  "Run Name": runName("Run Name"),
};

const dataset = keys.keyAmong(
  {
    name: datasetKey(sql`d.name`),
    digest: datasetKey(sql`d.digest`),
    context: datasetKey(
      sql`t.value`,
      sql`JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'`,
    ),
  },
  (name, known) => invalid(`Invalid dataset key '${shown(name)}' specified. Valid keys are '${reprSet(known)}'`),
);

function datasetKey(column: Sql, tags = sql``): Key {
  const rows = sql`SELECT FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id ${tags}
    WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id = r.run_uuid`;
  return {
    read: keys.quotedOrList("dataset attributes", values.listOf),
    operators: values.textOrListOperators,
    refused: (operator) => searchErrors.comparatorNotOneOf(operator, values.textOrListOperators, ""),
    where: keys.inRows(rows, column),
  };
}

const joined =
  (table: string, indexed: (name: string) => Pick<Walk, "rows" | "others">, before?: (alias: Sql) => Sql) =>
  (name: string): OrderKey => ({
    field: `${table} ${name}`,
    walk: { ...indexed(name), column: sql`k.value`, id: sql`k.run_uuid`, index: valueIndex(table) },
    at: (alias) => ({
      join: sql`LEFT JOIN ${raw(table)} ${alias} ON ${alias}.key = ${name} AND ${alias}.run_uuid = r.run_uuid`,
      lookUp: sql`LEFT JOIN LATERAL (SELECT * FROM ${raw(table)}
        WHERE key = ${name} AND run_uuid = r.run_uuid OFFSET 0) ${alias} ON TRUE`,
      before: before?.(alias),
      column: sql`${alias}.value`,
    }),
  });

const numbers = (name: string) => ({ rows: sql`latest_metrics k WHERE ${indexedMetrics(name)}` });

const shortTexts = (table: string) => (name: string) => ({
  rows: sql`${raw(table)} k WHERE k.key = ${name} AND ${isIndexed}`,
  others: sql`SELECT FROM ${raw(table)} k WHERE k.key = ${name} AND ${isTooLong}`,
});

const nanThenMissing = (alias: Sql) =>
  sql`CASE WHEN ${alias}.is_nan THEN 1 WHEN ${alias}.value IS NULL THEN 2 ELSE 0 END`;

/**
 * Runs, over `runs r`. A metric, param or tag that a run lacks satisfies nothing but IS NULL, not even `!=`. Runs
 * without it come last in both directions, NaN metrics before them (SearchUtils of mlflow/utils/search_utils.py;
 * _get_sqlalchemy_filter_clauses and _get_orderby_clauses of mlflow/store/tracking/sqlalchemy_store.py).
 */
export const runSearch: Specification = {
  wording: refusals((clause) => `'${clause}'`),
  noNullTest: (kind, name) =>
    invalid(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${kind}' '${shown(name)}'`),
  unknownKind: (name) => searchErrors.unknownKind(name, "['metric', 'parameter', 'tag', 'attribute', 'dataset']"),
  // Backticks also go from around the kind.
  split: (identifier) => {
    const [kind, name] = atDot(identifier);
    return [values.withoutBackticks(kind), name];
  },
  kinds: [
    { names: ["metric", "metrics"], key: metric, order: joined("latest_metrics", numbers, nanThenMissing) },
    {
      names: ["parameter", "parameters", "param", "params"],
      key: param,
      order: joined("params", shortTexts("params")),
    },
    { names: ["tag", "tags"], key: tag, order: joined("tags", shortTexts("tags")) },
    {
      names: ["attribute", "attributes", "attr", "run"],
      key: keys.keyAmong(attributes, searchErrors.unknownAttribute),
      order: keys.keyAmong(keys.orderKeys(fields), searchErrors.unknownAttribute),
    },
    { names: ["dataset", "datasets"], key: dataset },
  ],
  order: {
    noOrder: searchErrors.notOrdered,
    direction: keys.nullsLast,
    distinct: "INTERNAL_ERROR",
    ties: { "r.start_time": sql`r.start_time DESC`, "r.run_uuid": sql`r.run_uuid` },
  },
};
