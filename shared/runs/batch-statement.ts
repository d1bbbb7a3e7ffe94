/** The one statement that logs a batch to a run. */

import { writeModelMetrics } from "../logged-models/metrics.ts";
import { lastByKey } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { composed } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { float8s, int8s } from "../platform/db/number-arrays.ts";
import { empty, join, type Sql, type Statement, sql } from "../platform/db/sql.ts";
import type { Metric } from "./rules.ts";
import { runNameTag } from "./store.ts";

export interface Batch {
  metrics: Metric[];
  params: KeyValue[];
  tags: KeyValue[];
}

// A cast that fails aborts the whole statement: Postgres has no other way to raise an error without a function of our
// own.
export const changedParam = "mlflow-functions: changed param";

/**
 * The statement that logs a batch where the run is active, and answers the run's `stage`; no row for no run. It has no
 * part for what the batch lacks: unused parts, of which each opens a table, took a single metric a fifth of its time.
 * Each part writes its rows in one order, so that batches that overlap don't deadlock.
 */
export function batchStatement(db: Db, runId: string, { metrics, params, tags }: Batch): Statement {
  // MLflow ignores an empty run name.
  const set = lastByKey(tags).filter((tag) => tag.key !== runNameTag || tag.value !== "");
  const name = set.find((tag) => tag.key === runNameTag)?.value;
  const series = seriesOf(metrics);
  const points: Metric[] = [];
  for (const each of series) for (const point of each) points.push(point);
  const columns: Record<keyof typeof parts, readonly unknown[]> = {
    param: textColumns(params),
    point: pointColumns(points),
    latest: pointColumns(series.map(latestOf)),
    model: modelColumns(points.filter(({ model_id }) => model_id)),
    tag: textColumns(set),
    name: name === undefined ? [] : [name],
  };
  const given = Object.values(columns);
  const shape = given.reduce((bits, each, place) => bits | (each.length > 0 ? 1 << place : 0), 0);
  return statements[shape]!(db, runId, ...given.flat());
}

/** A part of the statement and how many values it has. */
interface Part {
  values: number;
  write(values: readonly unknown[]): Sql;
}

// Arrays take PostgreSQL a third of the time of JSON.
const pointRows = ([keys, values, timestamps, steps]: readonly unknown[]) => sql`
        unnest(${keys}::text[], ${values}::float8[], ${timestamps}::int8[], ${steps}::int8[])`;

/** MLflow stores NaN as 0 with a flag. */
const storedPoint = sql`m.key, coalesce(nullif(m.value, 'NaN'), 0) AS value, m.timestamp, m.step, m.value = 'NaN' AS is_nan`;

const parts = {
  param: {
    values: 2,
    write: ([keys, values]) => sql`param AS (
      INSERT INTO params (key, value, run_uuid)
      SELECT p.key, p.value, run_uuid FROM active, unnest(${keys}::text[], ${values}::text[]) AS p(key, value)
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = (${changedParam} || params.key)::int::text
      WHERE params.value <> excluded.value
    )`,
  },
  point: {
    values: 4,
    write: (columns) => sql`point AS (
      INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
      SELECT ${storedPoint}, run_uuid FROM active, ${pointRows(columns)} AS m(key, value, timestamp, step)
      ON CONFLICT DO NOTHING
    )`,
  },
  latest: {
    values: 4,
    write: (columns) => sql`latest AS (
      INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
      SELECT ${storedPoint}, run_uuid FROM active, ${pointRows(columns)} AS m(key, value, timestamp, step)
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
        step = excluded.step, is_nan = excluded.is_nan
      WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
    )`,
  },
  model: {
    values: 7,
    write: ([models, names, digests, ...columns]) => sql`metric AS (
      SELECT m.model_id, m.dataset_name, m.dataset_digest, ${storedPoint}, run_uuid, experiment_id FROM active, ROWS FROM (
        unnest(${models}::text[], ${names}::text[], ${digests}::text[]),${pointRows(columns)}
      ) AS m(model_id, dataset_name, dataset_digest, key, value, timestamp, step)
    ), ${writeModelMetrics}`,
  },
  tag: {
    values: 2,
    write: ([keys, values]) => sql`tag AS (
      INSERT INTO tags (key, value, run_uuid)
      SELECT t.key, t.value, run_uuid FROM active, unnest(${keys}::text[], ${values}::text[]) AS t(key, value)
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
    )`,
  },
  name: {
    values: 1,
    write: ([name]) => sql`named AS (
      UPDATE runs SET name = ${name} FROM active WHERE runs.run_uuid = active.run_uuid
    )`,
  },
} satisfies Record<string, Part>;

/** One for each choice of parts: bit n of its place says whether it has the part n. */
const statements = Array.from({ length: 2 ** Object.keys(parts).length }, (_, shape) =>
  composed((_db, runId, ...slots) => {
    const left: unknown[] = [...slots];
    const chosen = Object.values<Part>(parts).filter((_, place) => shape & (1 << place));
    return sql`
    WITH run AS (
      SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = ${runId}
    ), active AS (
      SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
    )${
      chosen.length > 0
        ? join(
            chosen.map(({ values, write }) => write(left.splice(0, values))),
            ", ",
            ", ",
          )
        : empty
    }
    SELECT stage FROM run`;
  }),
);

const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : Number(a.key > b.key));

function textColumns(items: readonly KeyValue[]): string[][] {
  if (items.length === 0) return [];
  const sorted = [...items].sort(byKey);
  return [sorted.map(({ key }) => key), sorted.map(({ value }) => value)];
}

function pointColumns(points: readonly Metric[]): unknown[] {
  if (points.length === 0) return [];
  return [
    points.map(({ key }) => key),
    float8s(points.map(({ value }) => finite(value))),
    int8s(points.map(({ timestamp }) => timestamp)),
    int8s(points.map(stepOf)),
  ];
}

function modelColumns(points: readonly Metric[]): unknown[] {
  if (points.length === 0) return [];
  const column = (name: "model_id" | "dataset_name" | "dataset_digest") => points.map((point) => point[name] || null);
  return [column("model_id"), column("dataset_name"), column("dataset_digest"), ...pointColumns(points)];
}

const stepOf = ({ step = 0 }: Metric) => step;

/** MLflow stores infinities as the largest doubles. NaN stays what it is; -0 becomes 0 in binary too. */
const finite = (value: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) + 0;

/** What is compared in place of NaN is what MLflow stores. */
const comparable = ({ value }: Metric) => (Number.isNaN(value) ? 0 : finite(value));

const compared = (a: number | bigint, b: number | bigint) => (a < b ? -1 : Number(a > b));

/**
 * The points of each key, by key and time. Points of a key lie together in the primary key, so that writing them one
 * after the other takes PostgreSQL a tenth less of 1,000 points of ten keys.
 */
function seriesOf(metrics: readonly Metric[]): Metric[][] {
  const series = new Map<string, Metric[]>();
  for (const point of metrics) {
    const points = series.get(point.key);
    if (points) points.push(point);
    else series.set(point.key, [point]);
  }
  for (const points of series.values()) if (!isInOrder(points)) points.sort(byTime);
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, points]) => points);
}

const byTime = (a: Metric, b: Metric) => compared(a.timestamp, b.timestamp) || compared(stepOf(a), stepOf(b));

const isInOrder = (points: readonly Metric[]) =>
  points.every((point, at) => at === 0 || byTime(points[at - 1]!, point) <= 0);

/** The highest by step, then timestamp, then value. */
const latestOf = (points: readonly Metric[]) =>
  points.reduce((latest, point) => (isLater(point, latest) ? point : latest));

const isLater = (a: Metric, b: Metric) =>
  (compared(stepOf(a), stepOf(b)) || compared(a.timestamp, b.timestamp) || compared(comparable(a), comparable(b))) > 0;
