/** Samples of histories (mlflow/store/tracking/sqlalchemy_store.py, get_metric_history_bulk_interval). */

import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import { type Interval, ofMetric, pointsText, withoutBrackets } from "./store.ts";

export interface Sampling {
  /** Points of each run. */
  limit: number;
  interval: Interval | undefined;
  /** Points of all runs together. */
  most?: number;
}

/** Of a run with this many times the points of its sample all are read: looking them up would take longer. */
const dense = 8;

/**
 * At most `limit` points of one metric of each run, sampled evenly, the first and the last among them: for each run
 * that has some their JSON objects, with a comma between. A run's n points make `limit` buckets, the first n % limit of
 * them one point larger; each gives its first point, but the last bucket its last.
 *
 * Where many are left out, the steps of all points come from the index alone, and only points of sampled steps are
 * read. Points of one step are numbered from the last on, whose place is how many points have that step or less.
 */
export async function sampleHistories(
  db: Db,
  runIds: string[],
  key: string,
  { limit, interval, most }: Sampling,
): Promise<string[]> {
  const points = ofMetric(sql`run_id`, key, interval);
  const size = sql`(total / ${limit}::int)`;
  const larger = sql`(total % ${limit}::int)`;
  const isSampled = sql`place = total - 1 OR (
    (${size} = 0 OR place <> total - ${size})
    AND CASE WHEN place < ${larger} * (${size} + 1) THEN place % (${size} + 1) = 0
      ELSE (place - ${larger} * (${size} + 1)) % ${size} = 0 END)`;
  const isDense = sql`total <= ${limit * dense}::int`;
  const rows = await db.query<{ points: string }>(sql`
    SELECT ${pointsText(key, sql`m.run_id`)} AS points FROM (
      SELECT run_id, run_place, p.*
      FROM unnest(${runIds}::text[]) WITH ORDINALITY AS run(run_id, run_place), LATERAL (
        SELECT array_agg(step) AS steps, count(*)::int AS total FROM (
          SELECT step FROM metrics WHERE ${points} ORDER BY step) s
      ) logged, LATERAL (
        SELECT timestamp, step, value, is_nan, place FROM (
          SELECT *, row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS place
          FROM metrics WHERE ${points} AND ${isDense}
        ) a WHERE ${isSampled}
        UNION ALL
        SELECT timestamp, step, value, is_nan, place FROM (
          SELECT m.*, last - row_number() OVER (PARTITION BY m.step ORDER BY m.timestamp DESC, m.value DESC, m.is_nan DESC) AS place
          FROM (
            SELECT step, width_bucket(step, steps) AS last FROM (
              SELECT DISTINCT steps[1 + CASE WHEN bucket = ${limit}::int - 1 THEN total - 1
                ELSE bucket * ${size} + least(bucket, ${larger}) END] AS step
              FROM generate_series(0, ${limit}::int - 1) bucket WHERE NOT ${isDense}) d
          ) d, LATERAL (SELECT * FROM metrics WHERE run_uuid = run_id AND key = ${key} AND step = d.step OFFSET 0) m
        ) b WHERE ${isSampled}
      ) p ORDER BY run_place, place ${most === undefined ? sql`` : sql`LIMIT ${most}`}
    ) m GROUP BY run_place ORDER BY run_place`);
  return rows.map(({ points }) => withoutBrackets(points));
}
