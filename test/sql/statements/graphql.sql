-- POST /graphql
SELECT CASE WHEN place <= 1000 THEN '{' || concat_ws(',', '"info":' || '{' || concat_ws(',', '"run_uuid":' || to_json(r.run_uuid),'"experiment_id":' || to_json(r.experiment_id::text),'"run_name":' || to_json(coalesce(nullif(r.name, ''), (SELECT t.value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.runName'), r.name)),'"user_id":' || to_json(coalesce(r.user_id, '')),'"status":' || to_json(r.status),'"start_time":' || r.start_time,'"end_time":' || nullif(r.end_time, 0),'"artifact_uri":' || to_json(nullif(r.artifact_uri, '')),'"lifecycle_stage":' || to_json(r.lifecycle_stage),'"run_id":' || to_json(r.run_uuid)) || '}','"data":' || '{' || concat_ws(',', '"metrics":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(m.key), ',"value":', CASE WHEN m.is_nan THEN '"NaN"' ELSE m.value::text END, ',"timestamp":', m.timestamp, ',"step":', m.step), '},' || '{"key":') || '}]' FROM latest_metrics m WHERE m.run_uuid = r.run_uuid),'"params":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM params t WHERE t.run_uuid = r.run_uuid),'"tags":' || (SELECT '[' || '{"key":' || string_agg(concat(to_json(t.key), ',"value":', coalesce(to_json(t.value), '""')), '},' || '{"key":') || '}]' FROM tags t WHERE t.run_uuid = r.run_uuid)) || '}','"inputs":' || '{' || concat_ws(',', '"dataset_inputs":' || CASE WHEN EXISTS (SELECT FROM inputs i WHERE i.destination_type = 'RUN' AND i.destination_id = r.run_uuid OFFSET 0) THEN (SELECT json_strip_nulls(json_agg(json_build_object('tags', tags, 'dataset', dataset)
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
  WHERE i.source_type = 'RUN_OUTPUT' AND i.source_id = r.run_uuid AND i.destination_type = 'MODEL_OUTPUT') END) || '}') || '}' WHEN place > 1000 THEN '' END AS run
FROM (SELECT r.*, row_number() OVER () AS place FROM (SELECT r.* FROM unnest('{"1","2"}'::int[]) part_of, unnest('{"active"}'::text[]) stage, LATERAL (SELECT r.* FROM runs r WHERE r.experiment_id = part_of AND r.lifecycle_stage = stage AND TRUE
ORDER BY r.start_time DESC, r.run_uuid LIMIT 1001) r  WHERE TRUE AND TRUE AND TRUE
ORDER BY r.start_time DESC, r.run_uuid LIMIT 1001) r) r ORDER BY place;

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
