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
