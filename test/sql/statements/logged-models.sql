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
