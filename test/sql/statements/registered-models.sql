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
