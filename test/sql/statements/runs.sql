-- POST runs/create
WITH experiment AS (
  SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), created AS (
  INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
    source_version, lifecycle_stage, artifact_uri, experiment_id)
  SELECT '<a new id>', 'first', 'UNKNOWN', '', '', 'u', 'RUNNING', '1700000000000'::bigint,
    '', 'active', regexp_replace(artifact_location, '/?([?#].*)?$', '/' || '<a new id>/artifacts'::text || '\1'), experiment_id
  FROM experiment WHERE stage = 'active'
  RETURNING *
), tagged AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, created.run_uuid FROM created, json_to_recordset('[{"key":"team","value":"vision"},{"key":"mlflow.runName","value":"first"}]'::json) AS t(key text, value text)
  RETURNING key, value
)
SELECT stage, (SELECT '{' || concat_ws(',', '"run":' || '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), NULL, r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tagged t)) || '}','"inputs":' || '{}') || '}') || '}' FROM created r) AS run
FROM experiment;

-- GET runs/get
SELECT '{' || concat_ws(',', '"run":' || '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"metrics":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(m.key), ',"value":', CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step), '},' || '{"key":') || '}]' FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),'"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM params t WHERE t.run_uuid = r.run_uuid),'"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tags t WHERE t.run_uuid = r.run_uuid)) || '}','"inputs":' || '{' || concat_ws(',', '"dataset_inputs":' || CASE WHEN EXISTS (SELECT FROM inputs i WHERE i.destination_type = 'RUN' AND i.destination_id = r.run_uuid OFFSET 0) THEN (SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
ORDER BY logged NULLS FIRST, place))::text FROM (
SELECT json_build_object('name', min(d.name), 'digest', min(d.digest), 'source_type', min(d.dataset_source_type),
    'source', min(d.dataset_source), 'schema', nullif(min(d.dataset_schema), ''),
    'profile', nullif(min(d.dataset_profile), '')) AS dataset,
  json_agg(json_build_object('key', t.name, 'value', t.value) ORDER BY t.name) FILTER (WHERE t.name IS NOT NULL) AS tags,
  min((CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C")) AS logged, min(i.ctid) AS place
FROM inputs i
JOIN datasets d ON d.dataset_uuid = i.source_id
LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid
WHERE i.destination_type = 'RUN' AND i.destination_id = r.run_uuid
GROUP BY d.dataset_uuid
  ) by_dataset) END,'"model_inputs":' || CASE WHEN EXISTS (SELECT FROM inputs i
  WHERE i.source_type = 'RUN_INPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_INPUT' OFFSET 0) THEN (SELECT json_agg(json_build_object('model_id', i.destination_id) ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid)::text FROM inputs i
  WHERE i.source_type = 'RUN_INPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_INPUT') END) || '}','"outputs":' || '{' || concat_ws(',', '"model_outputs":' || CASE WHEN EXISTS (SELECT FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT' OFFSET 0) THEN (SELECT json_strip_nulls(json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)
ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid))::text
  FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT') END) || '}') || '}') || '}' FROM runs r WHERE r.run_uuid = '0123456789abcdef0123456789abcdef';

-- POST runs/search
WITH large AS MATERIALIZED (SELECT FROM unnest('{"1","2"}'::int[]) part_of, unnest('{"active"}'::text[]) stage, LATERAL (SELECT FROM runs r WHERE r.experiment_id = part_of AND r.lifecycle_stage = stage ORDER BY r.start_time DESC OFFSET 0) r OFFSET 1000 LIMIT 1), named1 AS MATERIALIZED (SELECT k.run_uuid AS id FROM latest_metrics k
        WHERE k.key = 'loss' AND NOT k.is_nan AND length(k.key) <= 250 AND k.value < '0.5'::float8 LIMIT 10001), named2 AS MATERIALIZED (SELECT k.run_uuid AS id FROM params k
          WHERE k.key = 'depth' AND length(k.value) <= 250 AND k.value = '3'::text LIMIT 10001), chosen AS MATERIALIZED (SELECT 1 AS probe, count(*) AS found FROM named1
  HAVING EXISTS (SELECT FROM large) AND EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('mlfn_latest_metrics_value') AND indisvalid) AND count(*) <= 10000 UNION ALL SELECT 2 AS probe, count(*) AS found FROM named2
  HAVING EXISTS (SELECT FROM large) AND EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('mlfn_params_value') AND indisvalid) AND count(*) <= 10000 LIMIT 1), named AS MATERIALIZED (SELECT DISTINCT id FROM (SELECT id FROM named1 WHERE (SELECT probe FROM chosen) = 1 UNION ALL SELECT id FROM named2 WHERE (SELECT probe FROM chosen) = 2) n WHERE CASE WHEN (SELECT probe <= 1 AND found > 1000 FROM chosen)
    AND EXISTS (SELECT FROM large) AND EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('mlfn_params_value') AND indisvalid) AND (SELECT count(*) FROM named2) <= 10000
  THEN id IN (SELECT id FROM named2) ELSE TRUE END), may_walk AS MATERIALIZED (SELECT CASE WHEN EXISTS (SELECT FROM chosen) THEN FALSE ELSE EXISTS (SELECT FROM large) AND EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('mlfn_latest_metrics_value') AND indisvalid) END AS yes), edge AS MATERIALIZED (SELECT k.value FROM (SELECT k.run_uuid AS id, k.value AS value FROM latest_metrics k WHERE k.key = 'loss' AND NOT k.is_nan AND length(k.key) <= 250
  AND (SELECT yes FROM may_walk) ORDER BY k.value ASC LIMIT 20000) k,
LATERAL (SELECT * FROM runs r WHERE r.run_uuid = k.id OFFSET 0) r
WHERE r.experiment_id = ANY('{"1","2"}'::int[])
AND r.lifecycle_stage = 'active'::text AND EXISTS (SELECT FROM latest_metrics m WHERE m.key = 'loss' AND m.run_uuid = r.run_uuid AND m.value < '0.5'::float8 AND NOT m.is_nan OFFSET 0) AND EXISTS (SELECT FROM params k WHERE k.key = 'depth' AND k.run_uuid = r.run_uuid AND k.value = '3'::text OFFSET 0) AND EXISTS (SELECT FROM tags k WHERE k.key = 'team' AND k.run_uuid = r.run_uuid AND k.value ILIKE 'v%'::text OFFSET 0)
ORDER BY k.value ASC OFFSET 100 LIMIT 1), walked AS MATERIALIZED (SELECT k.run_uuid AS id FROM latest_metrics k WHERE k.key = 'loss' AND NOT k.is_nan AND length(k.key) <= 250
AND EXISTS (SELECT FROM edge) AND k.value <= (SELECT value FROM edge)
ORDER BY k.value ASC LIMIT 20001), way AS MATERIALIZED (SELECT CASE WHEN EXISTS (SELECT FROM chosen) AND (SELECT count(*) FROM named) <= 10000 THEN 'ids' WHEN EXISTS (SELECT FROM chosen) THEN 'among' WHEN (SELECT count(*) FROM walked) BETWEEN 1 AND 20000 THEN 'walk' ELSE 'scope' END AS taken), longer AS MATERIALIZED (SELECT FROM unnest('{"1","2"}'::int[]) part_of, unnest('{"active"}'::text[]) stage, LATERAL (SELECT FROM runs r WHERE r.experiment_id = part_of AND r.lifecycle_stage = stage ORDER BY r.start_time DESC OFFSET 0) r OFFSET 20000 LIMIT 1) SELECT CASE WHEN place <= 100 THEN '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"metrics":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(m.key), ',"value":', CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step), '},' || '{"key":') || '}]' FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),'"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM params t WHERE t.run_uuid = r.run_uuid),'"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tags t WHERE t.run_uuid = r.run_uuid)) || '}','"inputs":' || '{' || concat_ws(',', '"dataset_inputs":' || CASE WHEN EXISTS (SELECT FROM inputs i WHERE i.destination_type = 'RUN' AND i.destination_id = r.run_uuid OFFSET 0) THEN (SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
ORDER BY logged NULLS FIRST, place))::text FROM (
SELECT json_build_object('name', min(d.name), 'digest', min(d.digest), 'source_type', min(d.dataset_source_type),
    'source', min(d.dataset_source), 'schema', nullif(min(d.dataset_schema), ''),
    'profile', nullif(min(d.dataset_profile), '')) AS dataset,
  json_agg(json_build_object('key', t.name, 'value', t.value) ORDER BY t.name) FILTER (WHERE t.name IS NOT NULL) AS tags,
  min((CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C")) AS logged, min(i.ctid) AS place
FROM inputs i
JOIN datasets d ON d.dataset_uuid = i.source_id
LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid
WHERE i.destination_type = 'RUN' AND i.destination_id = r.run_uuid
GROUP BY d.dataset_uuid
  ) by_dataset) END) || '}','"outputs":' || '{' || concat_ws(',', '"model_outputs":' || CASE WHEN EXISTS (SELECT FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT' OFFSET 0) THEN (SELECT json_strip_nulls(json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)
ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid))::text
  FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT') END) || '}') || '}' WHEN place > 100 THEN '' END AS run, large, cut
FROM (SELECT EXISTS (SELECT FROM large) AS large, (SELECT taken IN ('among', 'scope') FROM way) AND EXISTS (SELECT FROM longer) AS cut) known LEFT JOIN (SELECT r.*, row_number() OVER () AS place FROM (SELECT p.* FROM way, LATERAL (SELECT r.* FROM named n, LATERAL (SELECT * FROM runs r WHERE r.run_uuid = n.id OFFSET 0) r LEFT JOIN LATERAL (SELECT * FROM latest_metrics
    WHERE key = 'loss' AND run_uuid = r.run_uuid OFFSET 0) o1 ON TRUE WHERE way.taken = 'ids' AND r.experiment_id = ANY('{"1","2"}'::int[])
AND r.lifecycle_stage = 'active'::text AND EXISTS (SELECT FROM latest_metrics m WHERE m.key = 'loss' AND m.run_uuid = r.run_uuid AND m.value < '0.5'::float8 AND NOT m.is_nan OFFSET 0) AND EXISTS (SELECT FROM params k WHERE k.key = 'depth' AND k.run_uuid = r.run_uuid AND k.value = '3'::text OFFSET 0) AND EXISTS (SELECT FROM tags k WHERE k.key = 'team' AND k.run_uuid = r.run_uuid AND k.value ILIKE 'v%'::text OFFSET 0)
ORDER BY CASE WHEN o1.is_nan THEN 1 WHEN o1.value IS NULL THEN 2 ELSE 0 END, o1.value ASC, r.start_time DESC, r.run_uuid LIMIT 101) p UNION ALL SELECT p.* FROM way, LATERAL (SELECT r.* FROM runs r LEFT JOIN LATERAL (SELECT * FROM latest_metrics
    WHERE key = 'loss' AND run_uuid = r.run_uuid OFFSET 0) o1 ON TRUE WHERE way.taken = 'among' AND NOT EXISTS (SELECT FROM longer) AND (r.run_uuid IN (SELECT id FROM named)) IS TRUE AND r.experiment_id = ANY('{"1","2"}'::int[])
AND r.lifecycle_stage = 'active'::text AND EXISTS (SELECT FROM latest_metrics m WHERE m.key = 'loss' AND m.run_uuid = r.run_uuid AND m.value < '0.5'::float8 AND NOT m.is_nan OFFSET 0) AND EXISTS (SELECT FROM params k WHERE k.key = 'depth' AND k.run_uuid = r.run_uuid AND k.value = '3'::text OFFSET 0) AND EXISTS (SELECT FROM tags k WHERE k.key = 'team' AND k.run_uuid = r.run_uuid AND k.value ILIKE 'v%'::text OFFSET 0)
ORDER BY CASE WHEN o1.is_nan THEN 1 WHEN o1.value IS NULL THEN 2 ELSE 0 END, o1.value ASC, r.start_time DESC, r.run_uuid LIMIT 101) p UNION ALL SELECT p.* FROM way, LATERAL (SELECT r.* FROM walked n, LATERAL (SELECT * FROM runs r WHERE r.run_uuid = n.id OFFSET 0) r LEFT JOIN LATERAL (SELECT * FROM latest_metrics
    WHERE key = 'loss' AND run_uuid = r.run_uuid OFFSET 0) o1 ON TRUE WHERE way.taken = 'walk' AND r.experiment_id = ANY('{"1","2"}'::int[])
AND r.lifecycle_stage = 'active'::text AND EXISTS (SELECT FROM latest_metrics m WHERE m.key = 'loss' AND m.run_uuid = r.run_uuid AND m.value < '0.5'::float8 AND NOT m.is_nan OFFSET 0) AND EXISTS (SELECT FROM params k WHERE k.key = 'depth' AND k.run_uuid = r.run_uuid AND k.value = '3'::text OFFSET 0) AND EXISTS (SELECT FROM tags k WHERE k.key = 'team' AND k.run_uuid = r.run_uuid AND k.value ILIKE 'v%'::text OFFSET 0)
ORDER BY CASE WHEN o1.is_nan THEN 1 WHEN o1.value IS NULL THEN 2 ELSE 0 END, o1.value ASC, r.start_time DESC, r.run_uuid LIMIT 101) p UNION ALL SELECT p.* FROM way, LATERAL (SELECT r.* FROM runs r LEFT JOIN LATERAL (SELECT * FROM latest_metrics
    WHERE key = 'loss' AND run_uuid = r.run_uuid OFFSET 0) o1 ON TRUE WHERE way.taken = 'scope' AND NOT EXISTS (SELECT FROM longer) AND r.experiment_id = ANY('{"1","2"}'::int[])
AND r.lifecycle_stage = 'active'::text AND EXISTS (SELECT FROM latest_metrics m WHERE m.key = 'loss' AND m.run_uuid = r.run_uuid AND m.value < '0.5'::float8 AND NOT m.is_nan OFFSET 0) AND EXISTS (SELECT FROM params k WHERE k.key = 'depth' AND k.run_uuid = r.run_uuid AND k.value = '3'::text OFFSET 0) AND EXISTS (SELECT FROM tags k WHERE k.key = 'team' AND k.run_uuid = r.run_uuid AND k.value ILIKE 'v%'::text OFFSET 0)
ORDER BY CASE WHEN o1.is_nan THEN 1 WHEN o1.value IS NULL THEN 2 ELSE 0 END, o1.value ASC, r.start_time DESC, r.run_uuid LIMIT 101) p LIMIT 101) r) r ON TRUE ORDER BY place;

-- POST runs/update
WITH run AS (
  SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), updated AS (
  UPDATE runs r SET status = coalesce('FINISHED'::text, status),
    end_time = coalesce('1700000000000'::bigint, end_time),
    name = coalesce('second'::text, name)
  FROM run WHERE r.run_uuid = run.run_uuid AND r.lifecycle_stage = 'active'
  RETURNING r.*
), named AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT 'mlflow.runName', 'second'::text, run_uuid FROM updated WHERE 'second'::text IS NOT NULL
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
)
SELECT stage, (SELECT '{' || concat_ws(',', '"run_info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}') || '}' FROM updated r) AS info
FROM run;

-- POST runs/delete
WITH deleted AS (
  UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE run_uuid = '0123456789abcdef0123456789abcdef' RETURNING run_uuid
), assessments_deleted AS (
  DELETE FROM assessments a
  WHERE substring(a.assessment_metadata FROM '"mlflow.assessment.sourceRunId": "([^"]*)"') IN (SELECT run_uuid FROM deleted)
)
SELECT run_uuid FROM deleted;

-- POST runs/restore
UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE run_uuid = '0123456789abcdef0123456789abcdef' RETURNING run_uuid;

-- POST runs/log-batch
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), param AS (
  INSERT INTO params (key, value, run_uuid)
  SELECT p.key, p.value, run_uuid FROM active, unnest('{"depth"}'::text[], '{"3"}'::text[]) AS p(key, value)
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = ('mlflow-functions: changed param' || params.key)::int::text
  WHERE params.value <> excluded.value
), point AS (
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT m.key, coalesce(nullif(m.value, 'NaN'), 0) AS value, m.timestamp, m.step, m.value = 'NaN' AS is_nan, run_uuid FROM active, 
    unnest('{"loss","loss"}'::text[], '{0.5,0.4}'::float8[], '{1700000000000,1700000000000}'::int8[], '{1,2}'::int8[]) AS m(key, value, timestamp, step)
  ON CONFLICT DO NOTHING
), latest AS (
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT m.key, coalesce(nullif(m.value, 'NaN'), 0) AS value, m.timestamp, m.step, m.value = 'NaN' AS is_nan, run_uuid FROM active, 
    unnest('{"loss"}'::text[], '{0.4}'::float8[], '{1700000000000}'::int8[], '{2}'::int8[]) AS m(key, value, timestamp, step)
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
    step = excluded.step, is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
), metric AS (
  SELECT m.model_id, m.dataset_name, m.dataset_digest, m.key, coalesce(nullif(m.value, 'NaN'), 0) AS value, m.timestamp, m.step, m.value = 'NaN' AS is_nan, run_uuid, experiment_id FROM active, ROWS FROM (
    unnest('{"m-0123456789abcdef0123456789abcdef"}'::text[], '{"train"}'::text[], '{"1a2b"}'::text[]),
    unnest('{"loss"}'::text[], '{0.4}'::float8[], '{1700000000000}'::int8[], '{2}'::int8[])
  ) AS m(model_id, dataset_name, dataset_digest, key, value, timestamp, step)
), model_metric AS (
  INSERT INTO logged_model_metrics AS old (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
experiment_id, run_id, dataset_name, dataset_digest)
  SELECT DISTINCT model_id, key, timestamp, step, value, experiment_id, run_uuid, dataset_name, dataset_digest
  FROM metric WHERE model_id IS NOT NULL ORDER BY model_id, key, timestamp, step
  ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id)
DO UPDATE SET metric_value = ('mlflow-functions: changed model metric' || old.metric_name)::float8
WHERE (old.metric_value, old.dataset_name, old.dataset_digest)
  IS DISTINCT FROM (excluded.metric_value, excluded.dataset_name, excluded.dataset_digest)
), tag AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, run_uuid FROM active, unnest('{"team"}'::text[], '{"vision"}'::text[]) AS t(key, value)
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
)
SELECT stage FROM run;

-- POST runs/log-metric
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), point AS (
  INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)
  SELECT m.key, coalesce(nullif(m.value, 'NaN'), 0) AS value, m.timestamp, m.step, m.value = 'NaN' AS is_nan, run_uuid FROM active, 
    unnest('{"loss"}'::text[], '{0.5}'::float8[], '{1700000000000}'::int8[], '{1}'::int8[]) AS m(key, value, timestamp, step)
  ON CONFLICT DO NOTHING
), latest AS (
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT m.key, coalesce(nullif(m.value, 'NaN'), 0) AS value, m.timestamp, m.step, m.value = 'NaN' AS is_nan, run_uuid FROM active, 
    unnest('{"loss"}'::text[], '{0.5}'::float8[], '{1700000000000}'::int8[], '{1}'::int8[]) AS m(key, value, timestamp, step)
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
    step = excluded.step, is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
)
SELECT stage FROM run;

-- POST runs/log-parameter
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), param AS (
  INSERT INTO params (key, value, run_uuid)
  SELECT p.key, p.value, run_uuid FROM active, unnest('{"depth"}'::text[], '{"3"}'::text[]) AS p(key, value)
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = ('mlflow-functions: changed param' || params.key)::int::text
  WHERE params.value <> excluded.value
)
SELECT stage FROM run;

-- POST runs/set-tag
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), tag AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, run_uuid FROM active, unnest('{"team"}'::text[], '{"vision"}'::text[]) AS t(key, value)
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
)
SELECT stage FROM run;

-- POST runs/delete-tag
WITH run AS (
  SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), deleted AS (
  DELETE FROM tags t USING run WHERE t.run_uuid = run.run_uuid AND t.key = 'team' AND run.stage = 'active'
  RETURNING t.key
)
SELECT stage, EXISTS (SELECT FROM deleted) AS deleted FROM run;

-- POST runs/log-model
WITH run AS (
  SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), recorded AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT 'mlflow.log-model.history', '[' || '{"run_id": "0123456789abcdef0123456789abcdef", "artifact_path": "model", "utc_time_created": "", "model_uuid": null, "flavors": {}}'::text || ']', run_uuid FROM run WHERE stage = 'active'
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = left(tags.value, -1) || ', ' || '{"run_id": "0123456789abcdef0123456789abcdef", "artifact_path": "model", "utc_time_created": "", "model_uuid": null, "flavors": {}}'::text || ']'
)
SELECT stage FROM run;

-- POST runs/log-inputs
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), given AS MATERIALIZED (
  SELECT g.*, run_uuid, experiment_id
  FROM active, json_to_recordset('[{"name":"train","digest":"1a2b","source_type":"local","source":"{}","tags":[{"key":"team","value":"vision"}],"dataset_uuid":"<a new id>","input_uuid":"<a new id>"}]'::json) AS g(name text, digest text, source_type text,
    source text, schema text, profile text, tags json, dataset_uuid text, input_uuid text)
), known AS (
  SELECT d.dataset_uuid, g.input_uuid FROM given g JOIN datasets d USING (experiment_id, name, digest)
), created AS (
  INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source,
    dataset_schema, dataset_profile)
  SELECT dataset_uuid, experiment_id, name, digest, source_type, source, schema, profile FROM given
  WHERE input_uuid NOT IN (SELECT input_uuid FROM known) ORDER BY name, digest
  ON CONFLICT (experiment_id, name, digest) DO UPDATE SET name = excluded.name
  RETURNING dataset_uuid, name, digest
), input AS (
  INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
  SELECT input_uuid, 'DATASET', dataset_uuid, 'RUN', run_uuid
  FROM (SELECT * FROM known UNION ALL SELECT c.dataset_uuid, g.input_uuid FROM created c JOIN given g USING (name, digest)) used,
    active
  ORDER BY dataset_uuid
  ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING
  RETURNING input_uuid
), tagged AS (
  INSERT INTO input_tags (input_uuid, name, value)
  SELECT input_uuid, t.key, t.value
  FROM input JOIN given USING (input_uuid), json_to_recordset(given.tags) AS t(key text, value text)
), model AS (
  INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
  SELECT m.input_uuid, 'RUN_INPUT', run_uuid, 'MODEL_INPUT', m.model_id
  FROM active, json_to_recordset('[{"model_id":"m-0123456789abcdef0123456789abcdef","input_uuid":"<a new id>"}]'::json) AS m(model_id text, input_uuid text)
  ORDER BY m.model_id
  ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING
)
SELECT stage FROM run;

-- POST runs/outputs
WITH run AS (
  SELECT run_uuid, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), output AS (
  INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
  SELECT m.uuid, 'RUN_OUTPUT', run_uuid, 'MODEL_OUTPUT', m."modelId", m.step::bigint
  FROM run, json_to_recordset('[{"modelId":"m-0123456789abcdef0123456789abcdef","step":"1","uuid":"<a new id>"}]'::json) AS m("modelId" text, step text, uuid text)
  WHERE stage = 'active' ORDER BY m."modelId"
)
SELECT stage FROM run;
