-- POST experiments/create
WITH created AS (
  INSERT INTO experiments
    (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
  SELECT id, 'churn', coalesce(NULL::text,
      regexp_replace('mlflow-artifacts:/'::text, '/?([?#].*)?$', '/' || id::text || '\1')), 'active', now, now, 'default'
  FROM nextval(pg_get_serial_sequence('experiments', 'experiment_id')) id, (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock
  ON CONFLICT (workspace, name) DO NOTHING
  RETURNING experiment_id
), tagged AS (
  INSERT INTO experiment_tags (key, value, experiment_id)
  SELECT t.key, t.value, created.experiment_id
  FROM created, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text)
)
SELECT experiment_id::text FROM created;

-- GET experiments/get
SELECT json_strip_nulls(json_build_object('experiment', json_build_object(
  'experiment_id', e.experiment_id::text, 'name', e.name, 'artifact_location', e.artifact_location,
  'lifecycle_stage', e.lifecycle_stage, 'last_update_time', e.last_update_time, 'creation_time', e.creation_time,
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM experiment_tags t WHERE t.experiment_id = e.experiment_id), 'workspace', e.workspace)))::text
FROM experiments e WHERE e.experiment_id = '1'::bigint AND e.workspace = 'default';

-- GET experiments/get-by-name
SELECT json_strip_nulls(json_build_object('experiment', json_build_object(
  'experiment_id', e.experiment_id::text, 'name', e.name, 'artifact_location', e.artifact_location,
  'lifecycle_stage', e.lifecycle_stage, 'last_update_time', e.last_update_time, 'creation_time', e.creation_time,
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM experiment_tags t WHERE t.experiment_id = e.experiment_id), 'workspace', e.workspace)))::text
FROM experiments e
WHERE e.name = 'churn' AND e.workspace = 'default';

-- GET experiments/search
WITH found AS (
  SELECT e.*, row_number() OVER () AS place FROM (
    SELECT * FROM experiments e
    WHERE e.workspace = 'default' AND e.lifecycle_stage = ANY('{"active"}'::text[]) AND e.name LIKE 'ch%'::text
    ORDER BY e.last_update_time DESC, e.experiment_id DESC OFFSET 0 LIMIT 101) e
), tagged AS (
  SELECT t.experiment_id, json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) AS tags
  FROM experiment_tags t WHERE t.experiment_id = ANY(ARRAY(SELECT experiment_id FROM found))
  GROUP BY t.experiment_id
)
SELECT json_strip_nulls(json_agg(json_build_object(
  'experiment_id', e.experiment_id::text, 'name', e.name, 'artifact_location', e.artifact_location,
  'lifecycle_stage', e.lifecycle_stage, 'last_update_time', e.last_update_time, 'creation_time', e.creation_time,
  'tags', tagged.tags, 'workspace', e.workspace) ORDER BY e.place)
    FILTER (WHERE e.place <= 100))::text AS experiments,
  count(*) > 100 AS more
FROM found e LEFT JOIN tagged USING (experiment_id);

-- POST experiments/search
WITH found AS (
  SELECT e.*, row_number() OVER () AS place FROM (
    SELECT * FROM experiments e
    WHERE e.workspace = 'default' AND e.lifecycle_stage = ANY('{"active"}'::text[]) AND ((EXISTS (SELECT FROM experiment_tags t WHERE t.key = 'team' AND t.experiment_id = e.experiment_id AND t.value = 'vision'::text)) IS TRUE)
    ORDER BY e.creation_time DESC, e.experiment_id ASC OFFSET 0 LIMIT 101) e
), tagged AS (
  SELECT t.experiment_id, json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) AS tags
  FROM experiment_tags t WHERE t.experiment_id = ANY(ARRAY(SELECT experiment_id FROM found))
  GROUP BY t.experiment_id
)
SELECT json_strip_nulls(json_agg(json_build_object(
  'experiment_id', e.experiment_id::text, 'name', e.name, 'artifact_location', e.artifact_location,
  'lifecycle_stage', e.lifecycle_stage, 'last_update_time', e.last_update_time, 'creation_time', e.creation_time,
  'tags', tagged.tags, 'workspace', e.workspace) ORDER BY e.place)
    FILTER (WHERE e.place <= 100))::text AS experiments,
  count(*) > 100 AS more
FROM found e LEFT JOIN tagged USING (experiment_id);

-- POST experiments/update
WITH experiment AS (
  SELECT experiment_id, lifecycle_stage AS stage FROM experiments
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), renamed AS (
  UPDATE experiments e SET name = 'churn-2', last_update_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM experiment WHERE e.experiment_id = experiment.experiment_id AND e.lifecycle_stage = 'active'
)
SELECT stage FROM experiment;

-- POST experiments/delete
WITH deleted AS (
  UPDATE experiments SET lifecycle_stage = 'deleted', last_update_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  WHERE experiment_id = '1'::bigint AND lifecycle_stage = 'active' AND workspace = 'default'
  RETURNING experiment_id
), runs_deleted AS (
  UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM deleted WHERE runs.experiment_id = deleted.experiment_id
  RETURNING run_uuid
), assessments_deleted AS (
  DELETE FROM assessments a
  WHERE substring(a.assessment_metadata FROM '"mlflow.assessment.sourceRunId": "([^"]*)"') IN (SELECT run_uuid FROM runs_deleted)
)
SELECT experiment_id FROM deleted;

-- POST experiments/restore
WITH restored AS (
  UPDATE experiments SET lifecycle_stage = 'active', last_update_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  WHERE experiment_id = '1'::bigint AND lifecycle_stage = 'deleted' AND workspace = 'default'
  RETURNING experiment_id
), runs_restored AS (
  UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL
  FROM restored WHERE runs.experiment_id = restored.experiment_id
)
SELECT experiment_id FROM restored;

-- POST experiments/set-experiment-tag
WITH experiment AS (
  SELECT experiment_id, lifecycle_stage AS stage, true AS room FROM experiments e
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), tagged AS (
  INSERT INTO experiment_tags (key, value, experiment_id)
  SELECT 'team', 'vision', experiment_id FROM experiment WHERE stage = 'active' AND room
  ON CONFLICT (key, experiment_id) DO UPDATE SET value = excluded.value
)
SELECT stage, room AS done FROM experiment;

-- POST experiments/delete-experiment-tag
WITH experiment AS (
  SELECT experiment_id, lifecycle_stage AS stage FROM experiments
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), deleted AS (
  DELETE FROM experiment_tags t USING experiment
  WHERE t.experiment_id = experiment.experiment_id AND t.key = 'team' AND experiment.stage = 'active'
  RETURNING t.key
)
SELECT stage, EXISTS (SELECT FROM deleted) AS done FROM experiment;

-- POST experiments/search-datasets
SELECT json_strip_nulls(json_build_object('dataset_summaries', json_agg(json_build_object(
  'experiment_id', experiment_id::text, 'name', name, 'digest', digest, 'context', context))))::text
FROM (
  SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value AS context
  FROM datasets d
  JOIN inputs i ON i.source_type = 'DATASET' AND i.source_id = d.dataset_uuid
  LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'
  WHERE d.experiment_id = ANY('{"1","2"}'::bigint[])
  ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT 1000) summary;

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
SELECT '{' || concat_ws(',', '"run":' || '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"metrics":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(m.key), ',"value":', CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step), '},' || '{"key":') || '}]' FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),'"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM params t WHERE t.run_uuid = r.run_uuid),'"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tags t WHERE t.run_uuid = r.run_uuid)) || '}','"inputs":' || '{' || concat_ws(',', '"dataset_inputs":' || (SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
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
  ) by_dataset),'"model_inputs":' || (SELECT json_agg(json_build_object('model_id', i.destination_id) ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid)::text FROM inputs i
  WHERE i.source_type = 'RUN_INPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_INPUT')) || '}','"outputs":' || '{' || concat_ws(',', '"model_outputs":' || (SELECT json_strip_nulls(json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)
ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid))::text
  FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT')) || '}') || '}') || '}' FROM runs r WHERE r.run_uuid = '0123456789abcdef0123456789abcdef';

-- POST runs/search
SELECT CASE WHEN place <= 100 THEN '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"metrics":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(m.key), ',"value":', CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step), '},' || '{"key":') || '}]' FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),'"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM params t WHERE t.run_uuid = r.run_uuid),'"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tags t WHERE t.run_uuid = r.run_uuid)) || '}','"inputs":' || '{' || concat_ws(',', '"dataset_inputs":' || (SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
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
  ) by_dataset)) || '}','"outputs":' || '{' || concat_ws(',', '"model_outputs":' || (SELECT json_strip_nulls(json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)
ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid))::text
  FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT')) || '}') || '}' ELSE '' END AS run FROM (
  SELECT r.*, row_number() OVER () AS place FROM (
    SELECT r.* FROM runs r LEFT JOIN latest_metrics o1 ON o1.key = 'loss' AND o1.run_uuid = r.run_uuid
    WHERE r.experiment_id = ANY('{"1","2"}'::int[])
      AND r.lifecycle_stage = 'active'::text AND ((EXISTS (SELECT FROM latest_metrics m WHERE m.key = 'loss' AND m.run_uuid = r.run_uuid AND m.value < '0.5'::float8 AND NOT m.is_nan)) IS TRUE) AND ((EXISTS (SELECT FROM params k WHERE k.key = 'depth' AND k.run_uuid = r.run_uuid AND k.value = '3'::text)) IS TRUE) AND ((EXISTS (SELECT FROM tags k WHERE k.key = 'team' AND k.run_uuid = r.run_uuid AND k.value ILIKE 'v%'::text)) IS TRUE)
    ORDER BY CASE WHEN o1.is_nan THEN 1 WHEN o1.value IS NULL THEN 2 ELSE 0 END, o1.value ASC, r.start_time DESC, r.run_uuid OFFSET 0 LIMIT 101) r
) r ORDER BY place;

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
  SELECT p.key, p.value, run_uuid
  FROM active, json_to_recordset('[{"key":"depth","value":"3"}]'::json) AS p(key text, value text) ORDER BY p.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = ('mlflow-functions: changed param' || params.key)::int::text
  WHERE params.value <> excluded.value
), metric AS MATERIALIZED (
  SELECT DISTINCT m.*, run_uuid, experiment_id
  FROM active, json_to_recordset('[{"key":"loss","value":0.5,"timestamp":1700000000000,"step":1,"is_nan":false}]'::json) AS m(key text, value float8, timestamp int8,
    step int8, is_nan bool, model_id text, dataset_name text, dataset_digest text)
), point AS (
  INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan)
  SELECT key, value, timestamp, step, run_uuid, is_nan FROM metric ORDER BY key, timestamp, step
  ON CONFLICT DO NOTHING
), model_metric AS (
  INSERT INTO logged_model_metrics AS old (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
experiment_id, run_id, dataset_name, dataset_digest)
  SELECT DISTINCT model_id, key, timestamp, step, value, experiment_id, run_uuid, dataset_name, dataset_digest
  FROM metric WHERE model_id IS NOT NULL ORDER BY model_id, key, timestamp, step
  ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id)
DO UPDATE SET metric_value = ('mlflow-functions: changed model metric' || old.metric_name)::float8
WHERE (old.metric_value, old.dataset_name, old.dataset_digest)
  IS DISTINCT FROM (excluded.metric_value, excluded.dataset_name, excluded.dataset_digest)
), latest AS (
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT DISTINCT ON (key) key, value, timestamp, step, is_nan, run_uuid
  FROM metric ORDER BY key, step DESC, timestamp DESC, value DESC
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
    step = excluded.step, is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
), tag AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, run_uuid
  FROM active, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text) ORDER BY t.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
), named AS (
  UPDATE runs SET name = NULL::text FROM active WHERE runs.run_uuid = active.run_uuid AND NULL::text IS NOT NULL
)
SELECT stage FROM run;

-- POST runs/log-metric
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), param AS (
  INSERT INTO params (key, value, run_uuid)
  SELECT p.key, p.value, run_uuid
  FROM active, json_to_recordset('[]'::json) AS p(key text, value text) ORDER BY p.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = ('mlflow-functions: changed param' || params.key)::int::text
  WHERE params.value <> excluded.value
), metric AS MATERIALIZED (
  SELECT DISTINCT m.*, run_uuid, experiment_id
  FROM active, json_to_recordset('[{"key":"loss","value":0.5,"timestamp":1700000000000,"step":1,"is_nan":false}]'::json) AS m(key text, value float8, timestamp int8,
    step int8, is_nan bool, model_id text, dataset_name text, dataset_digest text)
), point AS (
  INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan)
  SELECT key, value, timestamp, step, run_uuid, is_nan FROM metric ORDER BY key, timestamp, step
  ON CONFLICT DO NOTHING
), model_metric AS (
  INSERT INTO logged_model_metrics AS old (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
experiment_id, run_id, dataset_name, dataset_digest)
  SELECT DISTINCT model_id, key, timestamp, step, value, experiment_id, run_uuid, dataset_name, dataset_digest
  FROM metric WHERE model_id IS NOT NULL ORDER BY model_id, key, timestamp, step
  ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id)
DO UPDATE SET metric_value = ('mlflow-functions: changed model metric' || old.metric_name)::float8
WHERE (old.metric_value, old.dataset_name, old.dataset_digest)
  IS DISTINCT FROM (excluded.metric_value, excluded.dataset_name, excluded.dataset_digest)
), latest AS (
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT DISTINCT ON (key) key, value, timestamp, step, is_nan, run_uuid
  FROM metric ORDER BY key, step DESC, timestamp DESC, value DESC
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
    step = excluded.step, is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
), tag AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, run_uuid
  FROM active, json_to_recordset('[]'::json) AS t(key text, value text) ORDER BY t.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
), named AS (
  UPDATE runs SET name = NULL::text FROM active WHERE runs.run_uuid = active.run_uuid AND NULL::text IS NOT NULL
)
SELECT stage FROM run;

-- POST runs/log-parameter
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), param AS (
  INSERT INTO params (key, value, run_uuid)
  SELECT p.key, p.value, run_uuid
  FROM active, json_to_recordset('[{"key":"depth","value":"3"}]'::json) AS p(key text, value text) ORDER BY p.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = ('mlflow-functions: changed param' || params.key)::int::text
  WHERE params.value <> excluded.value
), metric AS MATERIALIZED (
  SELECT DISTINCT m.*, run_uuid, experiment_id
  FROM active, json_to_recordset('[]'::json) AS m(key text, value float8, timestamp int8,
    step int8, is_nan bool, model_id text, dataset_name text, dataset_digest text)
), point AS (
  INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan)
  SELECT key, value, timestamp, step, run_uuid, is_nan FROM metric ORDER BY key, timestamp, step
  ON CONFLICT DO NOTHING
), model_metric AS (
  INSERT INTO logged_model_metrics AS old (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
experiment_id, run_id, dataset_name, dataset_digest)
  SELECT DISTINCT model_id, key, timestamp, step, value, experiment_id, run_uuid, dataset_name, dataset_digest
  FROM metric WHERE model_id IS NOT NULL ORDER BY model_id, key, timestamp, step
  ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id)
DO UPDATE SET metric_value = ('mlflow-functions: changed model metric' || old.metric_name)::float8
WHERE (old.metric_value, old.dataset_name, old.dataset_digest)
  IS DISTINCT FROM (excluded.metric_value, excluded.dataset_name, excluded.dataset_digest)
), latest AS (
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT DISTINCT ON (key) key, value, timestamp, step, is_nan, run_uuid
  FROM metric ORDER BY key, step DESC, timestamp DESC, value DESC
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
    step = excluded.step, is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
), tag AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, run_uuid
  FROM active, json_to_recordset('[]'::json) AS t(key text, value text) ORDER BY t.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
), named AS (
  UPDATE runs SET name = NULL::text FROM active WHERE runs.run_uuid = active.run_uuid AND NULL::text IS NOT NULL
)
SELECT stage FROM run;

-- POST runs/set-tag
WITH run AS (
  SELECT run_uuid, experiment_id, lifecycle_stage AS stage FROM runs WHERE run_uuid = '0123456789abcdef0123456789abcdef'
), active AS (
  SELECT run_uuid, experiment_id FROM run WHERE stage = 'active'
), param AS (
  INSERT INTO params (key, value, run_uuid)
  SELECT p.key, p.value, run_uuid
  FROM active, json_to_recordset('[]'::json) AS p(key text, value text) ORDER BY p.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = ('mlflow-functions: changed param' || params.key)::int::text
  WHERE params.value <> excluded.value
), metric AS MATERIALIZED (
  SELECT DISTINCT m.*, run_uuid, experiment_id
  FROM active, json_to_recordset('[]'::json) AS m(key text, value float8, timestamp int8,
    step int8, is_nan bool, model_id text, dataset_name text, dataset_digest text)
), point AS (
  INSERT INTO metrics (key, value, timestamp, step, run_uuid, is_nan)
  SELECT key, value, timestamp, step, run_uuid, is_nan FROM metric ORDER BY key, timestamp, step
  ON CONFLICT DO NOTHING
), model_metric AS (
  INSERT INTO logged_model_metrics AS old (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,
experiment_id, run_id, dataset_name, dataset_digest)
  SELECT DISTINCT model_id, key, timestamp, step, value, experiment_id, run_uuid, dataset_name, dataset_digest
  FROM metric WHERE model_id IS NOT NULL ORDER BY model_id, key, timestamp, step
  ON CONFLICT (model_id, metric_name, metric_timestamp_ms, metric_step, run_id)
DO UPDATE SET metric_value = ('mlflow-functions: changed model metric' || old.metric_name)::float8
WHERE (old.metric_value, old.dataset_name, old.dataset_digest)
  IS DISTINCT FROM (excluded.metric_value, excluded.dataset_name, excluded.dataset_digest)
), latest AS (
  INSERT INTO latest_metrics AS old (key, value, timestamp, step, is_nan, run_uuid)
  SELECT DISTINCT ON (key) key, value, timestamp, step, is_nan, run_uuid
  FROM metric ORDER BY key, step DESC, timestamp DESC, value DESC
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,
    step = excluded.step, is_nan = excluded.is_nan
  WHERE (excluded.step, excluded.timestamp, excluded.value) > (old.step, old.timestamp, old.value)
), tag AS (
  INSERT INTO tags (key, value, run_uuid)
  SELECT t.key, t.value, run_uuid
  FROM active, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text) ORDER BY t.key
  ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value
), named AS (
  UPDATE runs SET name = NULL::text FROM active WHERE runs.run_uuid = active.run_uuid AND NULL::text IS NOT NULL
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

-- GET metrics/get-history
SELECT '[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step ), '},' || '{"key":"loss","value":'::text) || '}]' AS metrics, EXISTS (SELECT FROM metrics WHERE run_uuid = '0123456789abcdef0123456789abcdef' AND key = 'loss' OFFSET 1000) AS more
FROM (SELECT * FROM metrics WHERE run_uuid = '0123456789abcdef0123456789abcdef' AND key = 'loss' ORDER BY timestamp, step, value, is_nan OFFSET 0 LIMIT 1000) m;

-- GET metrics/get-history-bulk
SELECT coalesce('[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step , ',"run_id":', to_json(m.run_uuid)), '},' || '{"key":"loss","value":'::text) || '}]', '[]') FROM (
  SELECT * FROM metrics WHERE run_uuid = ANY('{"0123456789abcdef0123456789abcdef"}'::text[]) AND key = 'loss'
  ORDER BY run_uuid, timestamp, step, value, is_nan LIMIT 25000) m;

-- GET metrics/get-history-bulk-interval
SELECT '[' || '{"key":"loss","value":'::text || string_agg(concat(CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step , ',"run_id":', to_json(m.run_id)), '},' || '{"key":"loss","value":'::text) || '}]' FROM (
  SELECT * FROM (
    SELECT run_id, run_place, points.*, total / 2500::int AS size, total % 2500::int AS larger
    FROM unnest('{"0123456789abcdef0123456789abcdef"}'::text[]) WITH ORDINALITY AS run(run_id, run_place), LATERAL (
      SELECT *, row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS place, count(*) OVER () AS total
      FROM metrics WHERE run_uuid = run_id AND key = 'loss' AND step BETWEEN '0'::bigint AND '1000'::bigint
    ) points
  ) placed
  WHERE place = total - 1 OR (
    (size = 0 OR place <> total - size)
    AND CASE WHEN place < larger * (size + 1) THEN place % (size + 1) = 0 ELSE (place - larger * (size + 1)) % size = 0 END)
  ORDER BY run_place, place LIMIT NULL) m;

-- POST logged-models
WITH experiment AS (
  SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), created AS (
  INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
    last_updated_timestamp_ms, status, lifecycle_stage, model_type, source_run_id)
  SELECT 'm-<a new id>', experiment_id, 'tree',
    regexp_replace(artifact_location, '/?([?#].*)?$', '/' || 'models/m-<a new id>/artifacts'::text || '\1'), now, now,
    1::int, 'active', '', '0123456789abcdef0123456789abcdef'
  FROM experiment, (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock WHERE stage = 'active'
  RETURNING *
), param AS (
  INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value)
  SELECT model_id, experiment_id, p.key, p.value
  FROM created, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS p(key text, value text)
  RETURNING param_key AS key, param_value AS value
), tag AS (
  INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value)
  SELECT model_id, experiment_id, t.key, t.value
  FROM created, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text)
  RETURNING tag_key AS key, tag_value AS value
)
SELECT stage, (SELECT '{' || concat_ws(',', '"model":' || '{' || concat_ws(',', '"info":' || left(json_strip_nulls(json_build_object(
  'model_id', lm.model_id, 'experiment_id', lm.experiment_id::text, 'name', lm.name,
  'creation_timestamp_ms', lm.creation_timestamp_ms, 'last_updated_timestamp_ms', lm.last_updated_timestamp_ms,
  'artifact_uri', lm.artifact_location, 'status', CASE lm.status WHEN 0 THEN 'LOGGED_MODEL_STATUS_UNSPECIFIED' WHEN 1 THEN 'LOGGED_MODEL_PENDING' WHEN 2 THEN 'LOGGED_MODEL_READY' WHEN 3 THEN 'LOGGED_MODEL_UPLOAD_FAILED' END, 'model_type', lm.model_type,
  'source_run_id', lm.source_run_id, 'status_message', lm.status_message))::text, -1) || coalesce(',"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tag t), '') || '}','"data":' || '{' || concat_ws(',', '"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM param t),'"metrics":' || NULL) || '}') || '}') || '}' FROM created lm) AS model
FROM experiment;

-- POST logged-models/search
WITH page AS MATERIALIZED (
  SELECT lm.*, row_number() OVER () AS place FROM (
    SELECT lm.* FROM logged_models lm 
    WHERE lm.experiment_id = '1'::bigint
      AND lm.lifecycle_stage <> 'deleted' AND ((EXISTS (SELECT FROM (SELECT m.metric_value FROM logged_model_metrics m WHERE m.model_id = lm.model_id AND m.metric_name = 'loss' 
ORDER BY m.metric_step DESC, m.metric_timestamp_ms DESC, m.metric_value DESC LIMIT 1) l WHERE l.metric_value < '0.5'::float8)) IS TRUE)
    ORDER BY lm.creation_timestamp_ms DESC NULLS LAST, lm.model_id ASC OFFSET 0 LIMIT 101) lm
)
SELECT '[' || string_agg('{' || concat_ws(',', '"info":' || left(json_strip_nulls(json_build_object(
  'model_id', lm.model_id, 'experiment_id', lm.experiment_id::text, 'name', lm.name,
  'creation_timestamp_ms', lm.creation_timestamp_ms, 'last_updated_timestamp_ms', lm.last_updated_timestamp_ms,
  'artifact_uri', lm.artifact_location, 'status', CASE lm.status WHEN 0 THEN 'LOGGED_MODEL_STATUS_UNSPECIFIED' WHEN 1 THEN 'LOGGED_MODEL_PENDING' WHEN 2 THEN 'LOGGED_MODEL_READY' WHEN 3 THEN 'LOGGED_MODEL_UPLOAD_FAILED' END, 'model_type', lm.model_type,
  'source_run_id', lm.source_run_id, 'status_message', lm.status_message))::text, -1) || coalesce(',"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM (
  SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = lm.model_id) t), '') || '}','"data":' || '{' || concat_ws(',', '"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(p.key), ',"value":', coalesce(to_json(p.value), '""')), '},' || '{"key":') || '}]' FROM (
  SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = lm.model_id) p),'"metrics":' || (SELECT '[' || string_agg('{"key":' || to_json(m.metric_name) || coalesce(',"value":' || m.metric_value, '') ||
',"timestamp":' || m.metric_timestamp_ms || ',"step":' || m.metric_step || ',"model_id":' || to_json(m.model_id) ||
coalesce(',"dataset_name":' || to_json(nullif(m.dataset_name, '')), '') || coalesce(',"dataset_digest":' || to_json(nullif(m.dataset_digest, '')), '') ||
',"run_id":' || to_json(m.run_id) || '}', ',') || ']'
  FROM logged_model_metrics m WHERE m.model_id = lm.model_id)) || '}') || '}', ',' ORDER BY place) FILTER (WHERE place <= 100) || ']' AS models,
  count(*) > 100 AS more
FROM page lm;

-- GET logged-models/:id
SELECT '{' || concat_ws(',', '"model":' || '{' || concat_ws(',', '"info":' || left(json_strip_nulls(json_build_object(
  'model_id', lm.model_id, 'experiment_id', lm.experiment_id::text, 'name', lm.name,
  'creation_timestamp_ms', lm.creation_timestamp_ms, 'last_updated_timestamp_ms', lm.last_updated_timestamp_ms,
  'artifact_uri', lm.artifact_location, 'status', CASE lm.status WHEN 0 THEN 'LOGGED_MODEL_STATUS_UNSPECIFIED' WHEN 1 THEN 'LOGGED_MODEL_PENDING' WHEN 2 THEN 'LOGGED_MODEL_READY' WHEN 3 THEN 'LOGGED_MODEL_UPLOAD_FAILED' END, 'model_type', lm.model_type,
  'source_run_id', lm.source_run_id, 'status_message', lm.status_message))::text, -1) || coalesce(',"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM (
  SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = lm.model_id) t), '') || '}','"data":' || '{' || concat_ws(',', '"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(p.key), ',"value":', coalesce(to_json(p.value), '""')), '},' || '{"key":') || '}]' FROM (
  SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = lm.model_id) p),'"metrics":' || (SELECT '[' || string_agg('{"key":' || to_json(m.metric_name) || coalesce(',"value":' || m.metric_value, '') ||
',"timestamp":' || m.metric_timestamp_ms || ',"step":' || m.metric_step || ',"model_id":' || to_json(m.model_id) ||
coalesce(',"dataset_name":' || to_json(nullif(m.dataset_name, '')), '') || coalesce(',"dataset_digest":' || to_json(nullif(m.dataset_digest, '')), '') ||
',"run_id":' || to_json(m.run_id) || '}', ',') || ']'
  FROM logged_model_metrics m WHERE m.model_id = lm.model_id)) || '}') || '}') || '}' FROM logged_models lm
WHERE lm.model_id = 'm-0123456789abcdef0123456789abcdef' AND (false OR lm.lifecycle_stage <> 'deleted');

-- PATCH logged-models/:id
WITH finalized AS (
  UPDATE logged_models SET status = 2, last_updated_timestamp_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  WHERE model_id = 'm-0123456789abcdef0123456789abcdef' RETURNING *
)
SELECT '{' || concat_ws(',', '"model":' || '{' || concat_ws(',', '"info":' || left(json_strip_nulls(json_build_object(
  'model_id', lm.model_id, 'experiment_id', lm.experiment_id::text, 'name', lm.name,
  'creation_timestamp_ms', lm.creation_timestamp_ms, 'last_updated_timestamp_ms', lm.last_updated_timestamp_ms,
  'artifact_uri', lm.artifact_location, 'status', CASE lm.status WHEN 0 THEN 'LOGGED_MODEL_STATUS_UNSPECIFIED' WHEN 1 THEN 'LOGGED_MODEL_PENDING' WHEN 2 THEN 'LOGGED_MODEL_READY' WHEN 3 THEN 'LOGGED_MODEL_UPLOAD_FAILED' END, 'model_type', lm.model_type,
  'source_run_id', lm.source_run_id, 'status_message', lm.status_message))::text, -1) || coalesce(',"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM (
  SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = lm.model_id) t), '') || '}','"data":' || '{' || concat_ws(',', '"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(p.key), ',"value":', coalesce(to_json(p.value), '""')), '},' || '{"key":') || '}]' FROM (
  SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = lm.model_id) p),'"metrics":' || (SELECT '[' || string_agg('{"key":' || to_json(m.metric_name) || coalesce(',"value":' || m.metric_value, '') ||
',"timestamp":' || m.metric_timestamp_ms || ',"step":' || m.metric_step || ',"model_id":' || to_json(m.model_id) ||
coalesce(',"dataset_name":' || to_json(nullif(m.dataset_name, '')), '') || coalesce(',"dataset_digest":' || to_json(nullif(m.dataset_digest, '')), '') ||
',"run_id":' || to_json(m.run_id) || '}', ',') || ']'
  FROM logged_model_metrics m WHERE m.model_id = lm.model_id)) || '}') || '}') || '}' FROM finalized lm;

-- DELETE logged-models/:id
UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
WHERE model_id = 'm-0123456789abcdef0123456789abcdef' RETURNING model_id;

-- PATCH logged-models/:id/tags
WITH model AS (
  SELECT model_id, experiment_id FROM logged_models WHERE model_id = 'm-0123456789abcdef0123456789abcdef'
), tagged AS (
  INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value)
  SELECT model_id, experiment_id, t.key, t.value
  FROM model, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text) ORDER BY t.key
  ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value
)
SELECT model_id FROM model;

-- DELETE logged-models/:id/tags/:tag_key
WITH model AS (
  SELECT model_id FROM logged_models WHERE model_id = 'm-0123456789abcdef0123456789abcdef'
), deleted AS (
  DELETE FROM logged_model_tags t USING model WHERE t.model_id = model.model_id AND t.tag_key = 'team'
  RETURNING t.tag_key
)
SELECT EXISTS (SELECT FROM deleted) AS deleted FROM model;

-- POST logged-models/:id/params
WITH model AS (
  SELECT model_id, experiment_id FROM logged_models WHERE model_id = 'm-0123456789abcdef0123456789abcdef'
), logged AS (
  INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value)
  SELECT model_id, experiment_id, p.key, p.value
  FROM model, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS p(key text, value text) ORDER BY p.key
)
SELECT model_id FROM model;

-- GET logged-models/:id/artifacts/directories
SELECT m.artifact_location FROM logged_models m JOIN experiments e USING (experiment_id)
WHERE m.model_id = 'm-0123456789abcdef0123456789abcdef' AND m.lifecycle_stage <> 'deleted' AND e.workspace = 'default';

-- GET logged-models/:id/artifacts/files
SELECT m.artifact_location FROM logged_models m JOIN experiments e USING (experiment_id)
WHERE m.model_id = 'm-0123456789abcdef0123456789abcdef' AND m.lifecycle_stage <> 'deleted' AND e.workspace = 'default';

-- POST registered-models/create
WITH created AS (
  INSERT INTO registered_models (workspace, name, creation_time, last_updated_time, description)
  SELECT 'default', 'iris', now, now, 'flowers' FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock
  ON CONFLICT DO NOTHING
  RETURNING *
), tagged AS (
  INSERT INTO registered_model_tags (workspace, name, key, value)
  SELECT 'default', created.name, t.key, t.value
  FROM created, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text)
  RETURNING key, value
)
SELECT json_strip_nulls(json_build_object('registered_model', json_build_object('name', rm.name,
  'creation_timestamp', rm.creation_time, 'last_updated_timestamp', nullif(rm.last_updated_time, 0),
  'description', nullif(rm.description, ''),
  'latest_versions', (SELECT json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', NULL) ORDER BY mv.version) FROM (
SELECT DISTINCT ON (current_stage) * FROM model_versions
WHERE workspace = rm.workspace AND name = rm.name AND current_stage <> 'Deleted_Internal'
ORDER BY current_stage, version DESC) mv),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM tagged t),
  'aliases', (SELECT json_agg(json_build_object('alias', a.alias, 'version', a.version::text) ORDER BY a.alias)
FROM registered_model_aliases a WHERE a.workspace = rm.workspace AND a.name = rm.name))))::text FROM created rm;

SELECT value FROM registered_model_tags WHERE workspace = 'default' AND name = 'iris' AND key = 'mlflow.prompt.is_prompt';

-- GET registered-models/get
SELECT json_strip_nulls(json_build_object('registered_model', json_build_object('name', rm.name,
  'creation_timestamp', rm.creation_time, 'last_updated_timestamp', nullif(rm.last_updated_time, 0),
  'description', nullif(rm.description, ''),
  'latest_versions', (SELECT json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', NULL) ORDER BY mv.version) FROM (
SELECT DISTINCT ON (current_stage) * FROM model_versions
WHERE workspace = rm.workspace AND name = rm.name AND current_stage <> 'Deleted_Internal'
ORDER BY current_stage, version DESC) mv),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM registered_model_tags t WHERE t.workspace = rm.workspace AND t.name = rm.name),
  'aliases', (SELECT json_agg(json_build_object('alias', a.alias, 'version', a.version::text) ORDER BY a.alias)
FROM registered_model_aliases a WHERE a.workspace = rm.workspace AND a.name = rm.name))))::text FROM registered_models rm WHERE rm.workspace = 'default' AND rm.name = 'iris';

-- GET registered-models/search
WITH page AS MATERIALIZED (
  SELECT rm.*, row_number() OVER () AS place FROM (
    SELECT rm.* FROM registered_models rm 
    WHERE rm.workspace = 'default' AND rm.name ILIKE '%iris%'::text AND NOT ((EXISTS (SELECT FROM registered_model_tags p WHERE p.workspace = rm.workspace
  AND p.key = 'mlflow.prompt.is_prompt' AND p.name = rm.name AND p.value = 'true')) IS TRUE)
    ORDER BY rm.name ASC OFFSET 0 LIMIT 101) rm
)
SELECT json_strip_nulls(json_agg(json_build_object('name', rm.name,
  'creation_timestamp', rm.creation_time, 'last_updated_timestamp', nullif(rm.last_updated_time, 0),
  'description', nullif(rm.description, ''),
  'latest_versions', (SELECT json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', NULL) ORDER BY mv.version) FROM (
SELECT DISTINCT ON (current_stage) * FROM model_versions
WHERE workspace = rm.workspace AND name = rm.name AND current_stage <> 'Deleted_Internal'
ORDER BY current_stage, version DESC) mv),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM registered_model_tags t WHERE t.workspace = rm.workspace AND t.name = rm.name),
  'aliases', (SELECT json_agg(json_build_object('alias', a.alias, 'version', a.version::text) ORDER BY a.alias)
FROM registered_model_aliases a WHERE a.workspace = rm.workspace AND a.name = rm.name)) ORDER BY place) FILTER (WHERE place <= 100))::text AS models,
  count(*) > 100 AS more
FROM page rm;

-- GET registered-models/get-latest-versions
SELECT (SELECT json_strip_nulls(json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version)) ORDER BY mv.version))::text FROM (
  SELECT DISTINCT ON (current_stage) * FROM model_versions
  WHERE workspace = rm.workspace AND name = rm.name AND current_stage = ANY('{"Production"}'::text[])
  ORDER BY current_stage, version DESC) mv) AS versions
FROM registered_models rm WHERE rm.workspace = 'default' AND rm.name = 'iris';

-- POST registered-models/get-latest-versions
SELECT (SELECT json_strip_nulls(json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version)) ORDER BY mv.version))::text FROM (
  SELECT DISTINCT ON (current_stage) * FROM model_versions
  WHERE workspace = rm.workspace AND name = rm.name AND current_stage = ANY('{"None","Staging","Production","Archived"}'::text[])
  ORDER BY current_stage, version DESC) mv) AS versions
FROM registered_models rm WHERE rm.workspace = 'default' AND rm.name = 'iris';

-- PATCH registered-models/update
WITH updated AS (
  UPDATE registered_models SET description = 'flowers', last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  WHERE workspace = 'default' AND name = 'iris'
  RETURNING *
)
SELECT json_strip_nulls(json_build_object('registered_model', json_build_object('name', rm.name,
  'creation_timestamp', rm.creation_time, 'last_updated_timestamp', nullif(rm.last_updated_time, 0),
  'description', nullif(rm.description, ''),
  'latest_versions', (SELECT json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', NULL) ORDER BY mv.version) FROM (
SELECT DISTINCT ON (current_stage) * FROM model_versions
WHERE workspace = rm.workspace AND name = rm.name AND current_stage <> 'Deleted_Internal'
ORDER BY current_stage, version DESC) mv),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM registered_model_tags t WHERE t.workspace = rm.workspace AND t.name = rm.name),
  'aliases', (SELECT json_agg(json_build_object('alias', a.alias, 'version', a.version::text) ORDER BY a.alias)
FROM registered_model_aliases a WHERE a.workspace = rm.workspace AND a.name = rm.name))))::text FROM updated rm;

-- POST registered-models/rename
WITH touched AS (
  UPDATE model_versions SET last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE workspace = 'default' AND name = 'iris'
)
UPDATE registered_models SET name = 'flowers', last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
WHERE workspace = 'default' AND name = 'iris'
RETURNING name;

-- DELETE registered-models/delete
WITH version_tags AS (DELETE FROM model_version_tags WHERE workspace = 'default' AND name = 'iris'),
  versions AS (DELETE FROM model_versions WHERE workspace = 'default' AND name = 'iris'),
  tags AS (DELETE FROM registered_model_tags WHERE workspace = 'default' AND name = 'iris'),
  aliases AS (DELETE FROM registered_model_aliases WHERE workspace = 'default' AND name = 'iris')
DELETE FROM registered_models WHERE workspace = 'default' AND name = 'iris' RETURNING name;

-- POST registered-models/set-tag
INSERT INTO registered_model_tags (workspace, name, key, value)
SELECT workspace, name, 'team', 'vision' FROM registered_models WHERE workspace = 'default' AND name = 'iris'
ON CONFLICT (workspace, key, name) DO UPDATE SET value = excluded.value
RETURNING key;

-- DELETE registered-models/delete-tag
WITH deleted AS (DELETE FROM registered_model_tags WHERE workspace = 'default' AND name = 'iris' AND key = 'team')
SELECT name FROM registered_models WHERE workspace = 'default' AND name = 'iris';

-- POST registered-models/alias
INSERT INTO registered_model_aliases (workspace, name, alias, version)
SELECT mv.workspace, mv.name, 'champion', mv.version FROM model_versions mv
WHERE mv.workspace = 'default' AND mv.name = 'iris' AND mv.version = '1'::bigint
  AND mv.current_stage <> 'Deleted_Internal'
ON CONFLICT (workspace, name, alias) DO UPDATE SET version = excluded.version
RETURNING alias;

-- DELETE registered-models/alias
WITH deleted AS (DELETE FROM registered_model_aliases WHERE workspace = 'default' AND name = 'iris' AND alias = 'champion')
SELECT name FROM registered_models WHERE workspace = 'default' AND name = 'iris';

-- GET registered-models/alias
SELECT target.version::text AS version,
  (SELECT json_strip_nulls(json_build_object('model_version', json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version))))::text FROM model_versions mv
    WHERE mv.workspace = rm.workspace AND mv.name = rm.name AND mv.version = target.version
      AND mv.current_stage <> 'Deleted_Internal') AS answer
FROM registered_models rm, LATERAL (SELECT (SELECT version FROM registered_model_aliases a
    WHERE a.workspace = rm.workspace AND a.name = rm.name AND a.alias = 'champion') AS version) target
WHERE rm.workspace = 'default' AND rm.name = 'iris';

-- POST model-versions/create
SELECT artifact_location, source_run_id FROM logged_models WHERE model_id = 'm-0123456789abcdef0123456789abcdef' AND lifecycle_stage = 'active';

SELECT artifact_location, source_run_id FROM logged_models WHERE model_id = 'm-0123456789abcdef0123456789abcdef' AND lifecycle_stage = 'active';

UPDATE registered_models SET last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE workspace = 'default' AND name = 'iris'
RETURNING name;

WITH created AS (
  INSERT INTO model_versions (workspace, name, version, creation_time, last_updated_time, description, current_stage,
    source, storage_location, run_id, run_link, status)
  SELECT 'default', 'iris',
    (SELECT coalesce(max(version), 0) + 1 FROM model_versions WHERE workspace = 'default' AND name = 'iris'),
    now, now, '', 'None', 'models:/m-0123456789abcdef0123456789abcdef', 'mlflow-artifacts:/1/models/m-0123456789abcdef0123456789abcdef/artifacts', '0123456789abcdef0123456789abcdef',
    '', 'READY'
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock
  RETURNING *
), tagged AS (
  INSERT INTO model_version_tags (workspace, name, version, key, value)
  SELECT 'default', created.name, created.version, t.key, t.value
  FROM created, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS t(key text, value text)
  RETURNING key, value
)
SELECT mv.version::text AS version,
  json_strip_nulls(json_build_object('model_version', json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM tagged t), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version))))::text AS answer
FROM created mv;

INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value)
SELECT model_id, experiment_id, 'mlflow.modelVersions', '[' || '{"name": "iris", "version": 1}'::text || ']' FROM logged_models WHERE model_id = 'm-0123456789abcdef0123456789abcdef'
ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = left(logged_model_tags.tag_value, -1) || ', ' || '{"name": "iris", "version": 1}'::text || ']';

-- GET model-versions/get
SELECT json_strip_nulls(json_build_object('model_version', json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version))))::text FROM model_versions mv WHERE mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal';

-- GET model-versions/get-download-uri
SELECT coalesce(nullif(storage_location, ''), source) FROM model_versions mv WHERE mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal';

-- GET model-versions/search
WITH page AS MATERIALIZED (
  SELECT mv.*, row_number() OVER () AS place FROM (
    SELECT mv.* FROM model_versions mv 
    WHERE mv.workspace = 'default' AND mv.current_stage <> 'Deleted_Internal' AND mv.name = 'iris'::text AND mv.run_id = ANY('{"a","b"}'::text[]) AND NOT ((EXISTS (SELECT FROM model_version_tags p WHERE p.workspace = mv.workspace
  AND p.key = 'mlflow.prompt.is_prompt' AND p.name = mv.name AND p.value = 'true')) IS TRUE)
    ORDER BY mv.version DESC, mv.name ASC OFFSET 0 LIMIT 101) mv
)
SELECT json_strip_nulls(json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', NULL) ORDER BY place) FILTER (WHERE place <= 100))::text AS versions,
  count(*) > 100 AS more
FROM page mv;

-- PATCH model-versions/update
WITH updated AS (
  UPDATE model_versions mv SET description = 'best', last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  WHERE mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal'
  RETURNING *
)
SELECT json_strip_nulls(json_build_object('model_version', json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version))))::text FROM updated mv;

-- POST model-versions/transition-stage
WITH model AS (
  UPDATE registered_models rm SET last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM model_versions mv WHERE rm.workspace = mv.workspace AND rm.name = mv.name AND mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal'
  RETURNING rm.name
), archived AS (
  UPDATE model_versions mv SET current_stage = 'Archived', last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM model WHERE true::bool AND mv.workspace = 'default' AND mv.name = model.name
    AND mv.version <> '1'::bigint AND mv.current_stage = 'Production'
), moved AS (
  UPDATE model_versions mv SET current_stage = 'Production', last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM model WHERE mv.name = model.name AND mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal'
  RETURNING mv.*
)
SELECT json_strip_nulls(json_build_object('model_version', json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', (SELECT json_agg(a.alias ORDER BY a.alias) FROM registered_model_aliases a
  WHERE a.workspace = mv.workspace AND a.name = mv.name AND a.version = mv.version))))::text FROM moved mv;

-- DELETE model-versions/delete
WITH deleted AS (
  UPDATE model_versions mv SET current_stage = 'Deleted_Internal', last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint, description = NULL,
    user_id = NULL, source = 'REDACTED-SOURCE-PATH', run_id = 'REDACTED-RUN-ID', run_link = 'REDACTED-RUN-LINK',
    status_message = NULL
  WHERE mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal'
  RETURNING mv.name, mv.version
), model AS (
  UPDATE registered_models rm SET last_updated_time = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM deleted WHERE rm.workspace = 'default' AND rm.name = deleted.name
), aliases AS (
  DELETE FROM registered_model_aliases a USING deleted
  WHERE a.workspace = 'default' AND a.name = deleted.name AND a.version = deleted.version
)
SELECT name FROM deleted;

-- POST model-versions/set-tag
INSERT INTO model_version_tags (workspace, name, version, key, value)
SELECT mv.workspace, mv.name, mv.version, 'team', 'vision' FROM model_versions mv WHERE mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal'
ON CONFLICT (workspace, key, name, version) DO UPDATE SET value = excluded.value
RETURNING key;

-- DELETE model-versions/delete-tag
WITH version AS (
  SELECT mv.name, mv.version FROM model_versions mv WHERE mv.workspace = 'default' AND mv.name = 'iris'
  AND mv.version = '1'::bigint AND mv.current_stage <> 'Deleted_Internal'
), deleted AS (
  DELETE FROM model_version_tags t USING version
  WHERE t.workspace = 'default' AND t.name = version.name AND t.version = version.version AND t.key = 'team'
)
SELECT name FROM version;

-- GET artifacts/list
SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
WHERE r.run_uuid = '0123456789abcdef0123456789abcdef' AND e.workspace = 'default';

-- POST artifacts/presigned-download-url
SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
WHERE r.run_uuid = '0123456789abcdef0123456789abcdef' AND e.workspace = 'default';

-- POST artifacts/presigned-upload-url
SELECT coalesce(r.artifact_uri, '') FROM runs r JOIN experiments e USING (experiment_id)
WHERE r.run_uuid = '0123456789abcdef0123456789abcdef' AND e.workspace = 'default';

-- POST /graphql
SELECT CASE WHEN place <= 1000 THEN '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"metrics":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(m.key), ',"value":', CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step), '},' || '{"key":') || '}]' FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),'"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM params t WHERE t.run_uuid = r.run_uuid),'"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tags t WHERE t.run_uuid = r.run_uuid)) || '}','"inputs":' || '{' || concat_ws(',', '"dataset_inputs":' || (SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
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
  ) by_dataset)) || '}','"outputs":' || '{' || concat_ws(',', '"model_outputs":' || (SELECT json_strip_nulls(json_agg(json_build_object('model_id', i.destination_id, 'step', i.step)
ORDER BY (CASE WHEN substr(i.input_uuid, 13, 1) = '7' THEN i.input_uuid END COLLATE "C") NULLS FIRST, i.ctid))::text
  FROM inputs i
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT')) || '}') || '}' ELSE '' END AS run FROM (
  SELECT r.*, row_number() OVER () AS place FROM (
    SELECT r.* FROM runs r 
    WHERE r.experiment_id = ANY('{"1","2"}'::int[])
      AND r.lifecycle_stage = 'active'::text AND TRUE
    ORDER BY r.start_time DESC, r.run_uuid OFFSET 0 LIMIT 1001) r
) r ORDER BY place;

SELECT json_strip_nulls(json_agg(json_build_object(
  'experiment_id', e.experiment_id::text, 'name', e.name, 'artifact_location', e.artifact_location,
  'lifecycle_stage', e.lifecycle_stage, 'last_update_time', e.last_update_time, 'creation_time', e.creation_time,
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM experiment_tags t WHERE t.experiment_id = e.experiment_id), 'workspace', e.workspace)))::text
FROM experiments e
WHERE e.experiment_id = ANY('{"1","2"}'::int[]) AND e.workspace = 'default';

WITH page AS MATERIALIZED (
  SELECT mv.*, row_number() OVER () AS place FROM (
    SELECT mv.* FROM model_versions mv 
    WHERE mv.workspace = 'default' AND mv.current_stage <> 'Deleted_Internal' AND mv.run_id = ANY('{"0123456789abcdef0123456789abcdef","another-run"}'::text[]) AND NOT ((EXISTS (SELECT FROM model_version_tags p WHERE p.workspace = mv.workspace
  AND p.key = 'mlflow.prompt.is_prompt' AND p.name = mv.name AND p.value = 'true')) IS TRUE)
    ORDER BY mv.last_updated_time DESC, mv.name ASC, mv.version DESC OFFSET 0 LIMIT 1001) mv
)
SELECT json_strip_nulls(json_agg(json_build_object('name', mv.name,
  'version', mv.version::text, 'creation_timestamp', mv.creation_time, 'last_updated_timestamp', mv.last_updated_time,
  'user_id', mv.user_id, 'current_stage', mv.current_stage, 'description', mv.description, 'source', mv.source,
  'run_id', mv.run_id, 'run_link', mv.run_link, 'status', mv.status, 'status_message', nullif(mv.status_message, ''),
  'tags', (SELECT json_agg(json_build_object('key', t.key, 'value', t.value) ORDER BY t.key) FROM model_version_tags t
  WHERE t.workspace = mv.workspace AND t.name = mv.name AND t.version = mv.version), 'aliases', NULL) ORDER BY place) FILTER (WHERE place <= 1000))::text AS versions,
  count(*) > 1000 AS more
FROM page mv;
