/** Points of metrics as the tables have them (mlflow/store/tracking/sqlalchemy_store.py, sanitize_metric_value). */
import type { Row } from "./tables.ts";

export interface Point {
  key: string;
  value: number;
  isNan: boolean;
  timestamp: bigint;
  step: bigint;
}

/** Infinities are stored as the largest numbers, and NaN as 0 with a mark. */
export const pointOf = (key: string, value: number, timestamp: bigint, step: bigint): Point => ({
  key,
  value: Number.isNaN(value) ? 0 : Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE),
  isNan: Number.isNaN(value),
  timestamp,
  step,
});

/** Without points that are there twice: the table has each one once. */
export function distinct(points: Iterable<Point>): Point[] {
  const seen = new Set<string>();
  return [...points].filter(({ key, value, isNan, timestamp, step }) => {
    const id = `${timestamp} ${step} ${value} ${isNan} ${key}`;
    return !seen.has(id) && seen.add(id);
  });
}

/** The last one by step, time and value. */
export const latestOf = (points: readonly Point[]): Point | undefined =>
  points.reduce<Point | undefined>((latest, point) => (latest && !isAfter(point, latest) ? latest : point), undefined);

function isAfter(one: Point, other: Point): boolean {
  if (one.step !== other.step) return one.step > other.step;
  if (one.timestamp !== other.timestamp) return one.timestamp > other.timestamp;
  return one.value > other.value;
}

export const rowOf = (run: string, { key, value, isNan, timestamp, step }: Point): Row => ({
  key,
  value,
  timestamp,
  run_uuid: run,
  step,
  is_nan: isNan,
});
