/** How often two filters of traces hold together (mlflow/store/analytics/trace_correlation.py). */
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, sql } from "../platform/db/sql.ts";

/** How many traces there are, how many match each of two filters, and how many both. */
export interface MatchCounts {
  filter1_count: number;
  filter2_count: number;
  joint_count: number;
  total_count: number;
}

/** @param base the condition on the traces that are looked at; all are on `trace_info t` */
export async function countMatches(
  db: Db,
  experimentIds: readonly string[],
  [first, second]: readonly [Sql, Sql],
  base: Sql,
): Promise<MatchCounts> {
  // OFFSET 0 keeps each filter from being looked at once for each count.
  const [row] = await db.query<Record<keyof MatchCounts, string>>(sql`
    SELECT count(*) FILTER (WHERE r.first) AS filter1_count, count(*) FILTER (WHERE r.second) AS filter2_count,
      count(*) FILTER (WHERE r.first AND r.second) AS joint_count, count(*) AS total_count
    FROM (SELECT ${first} AS first, ${second} AS second FROM trace_info t
      WHERE ${isOneOf(sql`t.experiment_id`, experimentIds, sql`int`)} AND ${base} OFFSET 0) r`);
  return {
    filter1_count: Number(row?.filter1_count),
    filter2_count: Number(row?.filter2_count),
    joint_count: Number(row?.joint_count),
    total_count: Number(row?.total_count),
  };
}

/** Normalised pointwise mutual information, from -1 (never together) to 1 (always); nothing where it is undefined. */
export interface Correlation {
  npmi?: number;
  npmi_smoothed?: number;
}

/** Added to each of the four counts of the smoothed value: Jeffreys' prior. */
const prior = 0.5;

export function correlation({ filter1_count, filter2_count, joint_count, total_count }: MatchCounts): Correlation {
  if (filter1_count === 0 || filter2_count === 0) return {};
  const counts = {
    both: joint_count,
    first: filter1_count - joint_count,
    second: filter2_count - joint_count,
    neither: total_count - filter1_count - filter2_count + joint_count,
  };
  return { npmi: joint_count === 0 ? -1 : npmi(counts, 0), npmi_smoothed: npmi(counts, prior) };
}

function npmi(counts: { both: number; first: number; second: number; neither: number }, smoothing: number): number {
  if (counts.first === 0 && counts.second === 0 && counts.neither === 0) return 1;
  const together = counts.both + smoothing;
  const [first, second] = [together + counts.first + smoothing, together + counts.second + smoothing];
  const total = first + counts.second + counts.neither + 2 * smoothing;
  const information = Math.log(together) + Math.log(total) - (Math.log(first) + Math.log(second));
  return Math.max(-1, Math.min(1, information / -(Math.log(together) - Math.log(total))));
}
