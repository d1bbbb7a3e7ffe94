/** The history of metrics (mlflow/store/tracking/sqlalchemy_store.py). */

import { arrayText, metricValue } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

/** The JSON text of points in the order of their rows; every point of an answer has the same key. */
const pointsText = (key: string, runId?: Sql): Sql =>
  arrayText(
    sql`${`{"key":${JSON.stringify(key)},"value":`}::text`,
    sql`${metricValue}, ',"timestamp":', m.timestamp, ',"step":', m.step ${runId ? sql`, ',"run_id":', to_json(${runId})` : sql``}`,
  );

export interface HistoryPage {
  offset: number;
  /** All that there are, where undefined. */
  limit: number | undefined;
}

/** The points of one metric by timestamp, step and value, as JSON text, and whether there are more. */
export async function getHistory(
  db: Db,
  runId: string,
  key: string,
  { offset, limit }: HistoryPage,
): Promise<{ metrics: string | null; more: boolean }> {
  // In the order of the index that holds nothing else: PostgreSQL may expect to find enough points sooner among those
  // of all runs.
  const points = sql`SELECT * FROM metrics WHERE run_uuid = ${runId} AND key = ${key}`;
  const more = limit === undefined ? sql`false` : sql`EXISTS (${points} ORDER BY step OFFSET ${offset + limit})`;
  const [row] = await db.query<{ metrics: string | null; more: boolean }>(sql`
    SELECT ${pointsText(key)} AS metrics, ${more} AS more
    FROM (SELECT * FROM (${points} OFFSET 0) p ORDER BY timestamp, step, value, is_nan OFFSET ${offset} LIMIT ${limit ?? null}) m`);
  return row!;
}

/** The points of one metric of several runs, by run, timestamp, step and value: a JSON array. */
export async function getHistories(db: Db, runIds: string[], key: string, limit: number): Promise<string> {
  const metrics = await db.text(sql`
    SELECT coalesce(${pointsText(key, sql`m.run_uuid`)}, '[]') FROM (
      SELECT * FROM metrics WHERE run_uuid = ANY(${runIds}::text[]) AND key = ${key}
      ORDER BY run_uuid, timestamp, step, value, is_nan LIMIT ${limit}) m`);
  return metrics!;
}

export interface Interval {
  start: string;
  end: string;
}

export interface Sampling {
  /** Points of each run. */
  limit: number;
  interval: Interval | undefined;
  /** Points of all runs together. */
  most?: number;
}

/**
 * At most `limit` points of one metric of each run, sampled evenly, the first and the last among them: a JSON array,
 * null for none. A run's n points make `limit` buckets, the first n % limit of them one point larger; each gives its
 * first point, but the last bucket its last.
 */
export async function sampleHistories(
  db: Db,
  runIds: string[],
  key: string,
  { limit, interval, most }: Sampling,
): Promise<string | null> {
  const steps = interval ? sql`AND step BETWEEN ${interval.start}::bigint AND ${interval.end}::bigint` : sql``;
  const text = await db.text(sql`
    SELECT ${pointsText(key, sql`m.run_id`)} FROM (
      SELECT * FROM (
        SELECT run_id, run_place, points.*, total / ${limit}::int AS size, total % ${limit}::int AS larger
        FROM unnest(${runIds}::text[]) WITH ORDINALITY AS run(run_id, run_place), LATERAL (
          SELECT *, row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS place, count(*) OVER () AS total
          FROM metrics WHERE run_uuid = run_id AND key = ${key} ${steps}
        ) points
      ) placed
      WHERE place = total - 1 OR (
        (size = 0 OR place <> total - size)
        AND CASE WHEN place < larger * (size + 1) THEN place % (size + 1) = 0 ELSE (place - larger * (size + 1)) % size = 0 END)
      ORDER BY run_place, place LIMIT ${most ?? null}) m`);
  return text ?? null;
}
