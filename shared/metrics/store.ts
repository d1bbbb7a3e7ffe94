/** The history of metrics (mlflow/store/tracking/sqlalchemy_store.py). */

import { arrayText, metricValue } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

/** What each point of an answer begins with. Inside of a JSON string its quotes would be escaped. */
const beginning = (key: string) => `{"key":${JSON.stringify(key)},"value":`;

/** The JSON text of points in the order of their rows; every point of an answer has the same key. */
export const pointsText = (key: string, runId?: Sql): Sql =>
  arrayText(
    sql`${beginning(key)}::text`,
    sql`${metricValue}, ',"timestamp":', m.timestamp, ',"step":', m.step ${runId ? sql`, ',"run_id":', to_json(${runId})` : sql``}`,
  );

/** The members of a JSON array's text. */
export const withoutBrackets = (array: string): string => array.slice(1, -1);

/** A point's place in a history. */
export interface Position {
  timestamp: number | bigint;
  step: number | bigint;
  value: number;
}

export interface HistoryPage {
  /** How many points lie before the page. */
  offset: number;
  /** The last of them, where it is known: what lies before it need not be sorted then. */
  after?: Position;
  limit: number;
}

export interface HistoryPoints {
  /** JSON objects with a comma between, nothing for none. */
  points: string | undefined;
  count: number;
  /** Where the next page begins; absent on the last one. */
  next?: Omit<HistoryPage, "limit">;
}

/** The points of one metric by timestamp, step and value. */
export async function getHistory(db: Db, runId: string, key: string, page: HistoryPage): Promise<HistoryPoints> {
  const { offset, after, limit } = page;
  const found = after
    ? pointsAfter(runId, key, { ...page, after })
    : pointsAt(hidden(runId), key, { offset, limit: limit + 1 });
  const [row] = await db.query<{ points: string | null; count: number }>(sql`
    SELECT ${pointsText(key)} AS points, count(*)::int AS count FROM (${found}) m`);
  const { points, count } = row!;
  if (points === null) return { points: undefined, count };
  if (count <= limit) return { points: withoutBrackets(points), count };
  // One more was read. Before it stands a comma.
  const kept = points.slice(1, points.lastIndexOf(beginning(key)) - 1);
  return { points: kept, count: limit, next: { offset: offset + limit, after: lastOf(kept, key) } };
}

const written = /^"?([^",]+)"?,"timestamp":(-?\d+),"step":(-?\d+)}$/;

function lastOf(points: string, key: string): Position {
  const begin = beginning(key);
  const [, value, timestamp, step] = written.exec(points.slice(points.lastIndexOf(begin) + begin.length))!;
  return { value: Number(value), timestamp: BigInt(timestamp!), step: BigInt(step!) };
}

/** Steps, both ends among them. */
export interface Interval {
  start: string;
  end: string;
}

const allSteps: Interval = { start: "-9223372036854775808", end: "9223372036854775807" };

/**
 * The points of one metric of a run. Which steps they have is hidden: PostgreSQL takes any range for rare, and so reads
 * by the index of run, metric and step. Where statistics tell of runs that have one metric only, it would read all
 * metrics of a run by the smaller index of runs; where one run has most of the points, the points of all runs.
 * @param runId a column, or a value that is hidden too
 */
export const ofMetric = (runId: Sql, key: string, { start, end } = allSteps): Sql =>
  sql`run_uuid = ${runId} AND key = ${key} AND step BETWEEN (SELECT ${start}::bigint) AND (SELECT ${end}::bigint)`;

const hidden = (runId: string) => sql`(SELECT ${runId}::text)`;

// Not by the order of the primary key, in which PostgreSQL may expect to find enough points sooner among those of all
// runs.
const pointsOf = (runId: Sql, key: string, also = sql``) =>
  sql`SELECT * FROM metrics WHERE ${ofMetric(runId, key)} ${also} OFFSET 0`;

const longestWalk = 10_000_000;

const inOrder = sql`ORDER BY timestamp, step, value, is_nan`;

/**
 * All points of the metric are read, since no index has those of a run by time. Of a long history most are later than
 * the last of as many steps as are asked for: those need not be sorted.
 */
function pointsAt(runId: Sql, key: string, { offset, limit }: HistoryPage): Sql {
  const points = sql`FROM metrics WHERE ${ofMetric(runId, key)} ORDER BY step`;
  // Limits are hidden: what PostgreSQL takes for all that there are it would sort, and not meet in their order.
  const end = sql`(SELECT ${offset + limit}::bigint)`;
  const [first, final] = [sql``, sql`DESC`].map((order) => sql`(SELECT step ${points} ${order} LIMIT (SELECT 1))`);
  const last = sql`CASE WHEN ${final}::numeric - ${first} >= ${end}
    THEN (SELECT max(timestamp) FROM (SELECT timestamp ${points} LIMIT ${end}) f) ELSE 9223372036854775807 END`;
  return sql`SELECT * FROM (${pointsOf(runId, key, sql`AND timestamp <= (SELECT ${last})`)}) p
    ${inOrder} OFFSET ${offset} LIMIT ${limit}`;
}

/**
 * The primary key has all runs' points of the metric in the order of a history, so it is walked from the last page's
 * end. Where other runs have logged so much at the same time that the page isn't full after a while, the run's own
 * points are sorted instead. That reads as many as lie before the page at least, so a walk as long costs no more. Its
 * length is hidden: without statistics PostgreSQL would take it for more rows than there are, and sort them.
 */
function pointsAfter(runId: string, key: string, { offset, after, limit }: HistoryPage & { after: Position }): Sql {
  const { timestamp, step, value } = after;
  const isNan = Number.isNaN(value);
  const [time, number, rest] = [
    sql`${timestamp}::bigint`,
    sql`${step}::bigint`,
    sql`${isNan ? 0 : value}::float8, ${isNan}::boolean`,
  ];
  const longest = Math.min(offset, longestWalk) + 2 * limit;
  return sql`
    WITH walked AS MATERIALIZED (
      SELECT timestamp, step, value, is_nan, run_uuid = ${runId} AS is_own, place = ${longest}::int AS is_end FROM (
        SELECT *, row_number() OVER () AS place FROM (
          SELECT * FROM metrics
          WHERE key = ${key} AND (timestamp, step, run_uuid, value, is_nan) > (${time}, ${number}, ${runId}::text, ${rest})
          ORDER BY timestamp, step, run_uuid, value, is_nan LIMIT (SELECT ${longest}::int)) w) w
      WHERE run_uuid = ${runId} OR place = ${longest}::int LIMIT ${limit + 1}),
    walk AS MATERIALIZED (
      SELECT count(*) FILTER (WHERE is_own) > ${limit}::int OR NOT coalesce(bool_or(is_end), FALSE) AS is_enough FROM walked)
    SELECT timestamp, step, value, is_nan FROM walked WHERE is_own AND (SELECT is_enough FROM walk)
    UNION ALL SELECT * FROM (
      SELECT timestamp, step, value, is_nan FROM (${pointsOf(hidden(runId), key, sql`AND NOT (SELECT is_enough FROM walk)`)}) p
      WHERE (timestamp, step, value, is_nan) > (${time}, ${number}, ${rest}) ${inOrder} LIMIT ${limit + 1}) s`;
}

/** The points of one metric of several runs, by run, timestamp, step and value: a JSON array. */
export async function getHistories(db: Db, runIds: string[], key: string, limit: number): Promise<string> {
  // One run after the other, and none once there are enough.
  const metrics = await db.text(sql`
    SELECT coalesce(${pointsText(key, sql`m.run_uuid`)}, '[]') FROM (
      SELECT m.* FROM (SELECT DISTINCT run_id FROM unnest(${runIds}::text[]) run_id ORDER BY run_id) run,
        LATERAL (${pointsAt(sql`run_id`, key, { offset: 0, limit })}) m
      LIMIT ${limit}) m`);
  return metrics!;
}
