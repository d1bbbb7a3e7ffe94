/** The best SQL known for what a run logs: it writes the rows, and checks and answers nothing. */
import type pg from "pg";
import { float8s, int8s } from "../shared/platform/db/number-arrays.ts";

export interface Point {
  key: string;
  value: number;
  timestamp: number;
  step: number;
}

const pointText = `
  WITH point AS (
    INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
    SELECT *, false, $1 FROM unnest($2::text[], $3::float8[], $4::int8[], $5::int8[]) ON CONFLICT DO NOTHING
  )
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT *, false, $1 FROM unnest($6::text[], $7::float8[], $8::int8[], $9::int8[])
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step,
    is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)`;

/** Points in the order of their steps; they are written in that of the primary key, as the app does. */
export function writePoints(run: string, points: readonly Point[]): pg.QueryConfig {
  const sorted = [...points].sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const latest = [...new Map(sorted.map((point) => [point.key, point])).values()];
  return { name: "points", text: pointText, values: [run, ...columns(sorted), ...columns(latest)] };
}

/** Numbers in binary, as the app sends them; the keys are words. */
const columns = (points: readonly Point[]) => [
  `{${points.map(({ key }) => key).join(",")}}`,
  float8s(points.map(({ value }) => value)),
  int8s(points.map(({ timestamp }) => timestamp)),
  int8s(points.map(({ step }) => step)),
];

export const writeText = (table: "params" | "tags", run: string, key: string, value: string): pg.QueryConfig => ({
  name: table,
  text: `INSERT INTO ${table} (key, value, run_uuid) VALUES ($1, $2, $3)
    ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value`,
  values: [key, value, run],
});

export const createRun = (run: string, startTime: number): pg.QueryConfig => ({
  name: "run",
  text: `
    WITH created AS (
      INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
        source_version, lifecycle_stage, artifact_uri, experiment_id)
      VALUES ($1::text, 'a name', 'UNKNOWN', '', '', '', 'RUNNING', $2, '', 'active', 'mlflow-artifacts:/0/' || $1::text || '/artifacts', 0)
    )
    INSERT INTO tags (key, value, run_uuid) VALUES ('mlflow.user', 'u', $1::text), ('mlflow.runName', 'a name', $1::text)`,
  values: [run, startTime],
});
