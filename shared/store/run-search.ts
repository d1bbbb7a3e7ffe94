/** Searching runs (mlflow/store/tracking/sqlalchemy_store.py, _search_runs). */
import type { Db } from "../db/database.ts";
import { type Sql, sql } from "../db/sql.ts";
import { stagesOf, type ViewType } from "./experiments.ts";
import { keyValues } from "./json.ts";
import { datasetInputs, latestMetrics, runInfoJson } from "./runs.ts";

export interface RunSearch {
  experimentIds: string[];
  view: ViewType;
  /** A condition on `r`. */
  where: Sql;
  /** Joins that `orderBy` needs. */
  joins: Sql;
  orderBy: Sql;
  limit: number;
  offset: number;
}

/** The runs of one page as JSON text, and whether there are more. */
export async function searchRuns(db: Db, search: RunSearch): Promise<{ runs: string | null; more: boolean }> {
  const ids = sql`ANY(ARRAY(SELECT run_uuid FROM found))`;
  const [row] = await db.query<{ runs: string | null; more: boolean }>(sql`
    WITH page AS MATERIALIZED (
      SELECT r.*, row_number() OVER () AS place FROM (
        SELECT r.* FROM runs r ${search.joins}
        WHERE r.experiment_id = ANY(${search.experimentIds}::int[])
          AND r.lifecycle_stage = ANY(${stagesOf(search.view)}::text[]) AND ${search.where}
        ORDER BY ${search.orderBy} OFFSET ${search.offset} LIMIT ${search.limit + 1}) r
    ), found AS (
      SELECT * FROM page WHERE place <= ${search.limit}
    ), metric AS (
      SELECT m.run_uuid, ${latestMetrics} AS json FROM latest_metrics m WHERE m.run_uuid = ${ids} GROUP BY m.run_uuid
    ), param AS (
      SELECT p.run_uuid, ${keyValues(sql`p`)} AS json FROM params p WHERE p.run_uuid = ${ids} GROUP BY p.run_uuid
    ), tag AS (
      SELECT t.run_uuid, ${keyValues(sql`t`)} AS json, min(t.value) FILTER (WHERE t.key = 'mlflow.runName') AS run_name
      FROM tags t WHERE t.run_uuid = ${ids} GROUP BY t.run_uuid
    ), dataset AS (
      ${datasetInputs(sql`i.destination_id = ${ids}`)}
    ), output AS (
      SELECT i.source_id AS run_uuid, json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)) AS json
      FROM inputs i WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = ${ids} AND i.destination_type = 'MODEL_OUTPUT'
      GROUP BY i.source_id
    )
    SELECT (
      SELECT json_strip_nulls(json_agg(json_build_object(
        'info', ${runInfoJson(sql`tag.run_name`)},
        'data', json_build_object('metrics', metric.json, 'params', param.json, 'tags', tag.json),
        'inputs', json_build_object('dataset_inputs', dataset.json),
        'outputs', json_build_object('model_outputs', output.json)) ORDER BY r.place))::text
      FROM found r LEFT JOIN metric USING (run_uuid) LEFT JOIN param USING (run_uuid) LEFT JOIN tag USING (run_uuid)
        LEFT JOIN dataset USING (run_uuid) LEFT JOIN output USING (run_uuid)
    ) AS runs, (SELECT count(*) > ${search.limit} FROM page) AS more`);
  return row!;
}
