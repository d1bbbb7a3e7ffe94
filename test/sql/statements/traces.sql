-- POST 3.0/traces
WITH experiment AS (
  SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), foreign_assessment AS (
  SELECT assessment_id FROM assessments WHERE assessment_id = ANY('{"a-<a new id>"}'::text[]) AND trace_id <> 'tr-0123456789abcdef0123456789abcdef'
), trace AS (
  INSERT INTO trace_info AS t (request_id, experiment_id, timestamp_ms, execution_time_ms, status, client_request_id, request_preview, trace_name, session_id, input_tokens)
  SELECT 'tr-0123456789abcdef0123456789abcdef', experiment_id, '1700000000000'::bigint,1500::bigint,'OK'::text,NULL::text,'What?'::text,'answer'::text,'s'::text,3::bigint
  FROM experiment WHERE stage = 'active' AND NOT EXISTS (SELECT FROM foreign_assessment)
  ON CONFLICT (request_id) DO UPDATE SET db_payload_generation = t.db_payload_generation + 1,
    timestamp_ms = excluded.timestamp_ms,execution_time_ms = excluded.execution_time_ms,status = excluded.status,client_request_id = excluded.client_request_id,request_preview = excluded.request_preview,trace_name = excluded.trace_name,session_id = excluded.session_id,input_tokens = excluded.input_tokens
  WHERE t.experiment_id = excluded.experiment_id AND NOT EXISTS (
    SELECT FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.spansLocation' AND value <> 'TRACKING_STORE')
  RETURNING *
), tag AS (
  INSERT INTO trace_tags (request_id, key, value)
  SELECT trace.request_id, g.key, g.value FROM trace, (
    SELECT key, value FROM json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS given(key text, value text)
    UNION ALL SELECT 'mlflow.artifactLocation', regexp_replace(artifact_location, '/?([?#].*)?$', '/' || 'traces/tr-0123456789abcdef0123456789abcdef/artifacts'::text || '\1')
    FROM experiment) g
  ORDER BY g.key
  ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
  RETURNING key, value
), metadata AS (
  INSERT INTO trace_request_metadata (request_id, key, value)
  SELECT trace.request_id, m.key, m.value
  FROM trace, json_to_recordset('[{"key":"team","value":"vision"},{"key":"mlflow.trace.infoFinalized","value":"true"}]'::json) AS m(key text, value text)
  ORDER BY m.key
  ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
  RETURNING key, value
), assessment AS (
  
  INSERT INTO assessments (assessment_id, name, assessment_type, value, error, created_timestamp, last_updated_timestamp, aggregate_value, is_numeric_value, source_type, source_id, run_id, span_id, rationale, overrides, assessment_metadata, valid, trace_id, experiment_id, trace_timestamp_ms)
  SELECT g.assessment_id,g.name,g.assessment_type,g.value,g.error,coalesce(g.created_timestamp, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),coalesce(g.last_updated_timestamp, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),g.aggregate_value,g.is_numeric_value,g.source_type,g.source_id,g.run_id,g.span_id,g.rationale,g.overrides,g.assessment_metadata, true, t.request_id, t.experiment_id, t.timestamp_ms
  FROM trace t, json_to_recordset('[{"assessment_type":"feedback","value":"true","error":null,"aggregate_value":1,"is_numeric_value":false,"assessment_id":"a-<a new id>","name":"good","created_timestamp":null,"last_updated_timestamp":null,"source_type":"SOURCE_TYPE_UNSPECIFIED","source_id":null,"run_id":null,"span_id":null,"rationale":null,"overrides":null,"assessment_metadata":null}]'::json) AS g(assessment_id text, name text, assessment_type text, value text, error text, created_timestamp int8, last_updated_timestamp int8, aggregate_value float8, is_numeric_value bool, source_type text, source_id text, run_id text, span_id text, rationale text, overrides text, assessment_metadata text)
  ON CONFLICT (assessment_id) DO UPDATE SET name = excluded.name, assessment_type = excluded.assessment_type, value = excluded.value, error = excluded.error, created_timestamp = excluded.created_timestamp, last_updated_timestamp = excluded.last_updated_timestamp, aggregate_value = excluded.aggregate_value, is_numeric_value = excluded.is_numeric_value, source_type = excluded.source_type, source_id = excluded.source_id, run_id = excluded.run_id, span_id = excluded.span_id, rationale = excluded.rationale, overrides = excluded.overrides, assessment_metadata = excluded.assessment_metadata, valid = excluded.valid, trace_timestamp_ms = excluded.trace_timestamp_ms
  RETURNING *
), moved AS (
  UPDATE assessments a SET trace_timestamp_ms = trace.timestamp_ms FROM trace
  WHERE a.trace_id = trace.request_id AND a.assessment_id <> ALL('{"a-<a new id>"}'::text[])
    AND a.trace_timestamp_ms IS DISTINCT FROM trace.timestamp_ms
)
SELECT stage, (SELECT '{' || concat_ws(',', '"trace":' || '{' || concat_ws(',', '"trace_info":' || '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None')), ',') FROM (SELECT key, value FROM metadata
  UNION ALL SELECT * FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) old WHERE old.key NOT IN (SELECT key FROM metadata)) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[])),'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || (SELECT string_agg('{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}', ',' ORDER BY a.created_timestamp, a.assessment_id)
  FROM (SELECT * FROM assessment
  UNION ALL SELECT * FROM (SELECT * FROM assessments WHERE trace_id = t.request_id) old WHERE old.assessment_id NOT IN (SELECT assessment_id FROM assessment)) a) || ']','"tags":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')), ',') FROM (SELECT key, value FROM tag
  UNION ALL SELECT * FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) old WHERE old.key NOT IN (SELECT key FROM tag)) own WHERE key <> 'mlflow.traceName'),'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}') || '}') || '}' FROM trace t) AS trace,
  (SELECT experiment_id::text FROM trace_info WHERE request_id = 'tr-0123456789abcdef0123456789abcdef') AS elsewhere,
  (SELECT min(assessment_id) FROM foreign_assessment) AS foreign
FROM experiment;

-- POST 2.0/traces
WITH experiment AS (
  SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
  WHERE experiment_id = '1'::bigint AND workspace = 'default'
), foreign_assessment AS (
  SELECT assessment_id FROM assessments WHERE assessment_id = ANY('{}'::text[]) AND trace_id <> '<a new id>'
), trace AS (
  INSERT INTO trace_info AS t (request_id, experiment_id, timestamp_ms, execution_time_ms, status, client_request_id)
  SELECT '<a new id>', experiment_id, '1700000000000'::bigint,NULL::bigint,'IN_PROGRESS'::text,NULL::text
  FROM experiment WHERE stage = 'active' AND NOT EXISTS (SELECT FROM foreign_assessment)
  RETURNING *
), tag AS (
  INSERT INTO trace_tags (request_id, key, value)
  SELECT trace.request_id, g.key, g.value FROM trace, (
    SELECT key, value FROM json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS given(key text, value text)
    UNION ALL SELECT 'mlflow.artifactLocation', regexp_replace(artifact_location, '/?([?#].*)?$', '/' || 'traces/<a new id>/artifacts'::text || '\1')
    FROM experiment) g
  ORDER BY g.key
  ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
  RETURNING key, value
), metadata AS (
  INSERT INTO trace_request_metadata (request_id, key, value)
  SELECT trace.request_id, m.key, m.value
  FROM trace, json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS m(key text, value text)
  ORDER BY m.key
  ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
  RETURNING key, value
), assessment AS (
  
  INSERT INTO assessments (assessment_id, name, assessment_type, value, error, created_timestamp, last_updated_timestamp, aggregate_value, is_numeric_value, source_type, source_id, run_id, span_id, rationale, overrides, assessment_metadata, valid, trace_id, experiment_id, trace_timestamp_ms)
  SELECT g.assessment_id,g.name,g.assessment_type,g.value,g.error,coalesce(g.created_timestamp, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),coalesce(g.last_updated_timestamp, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),g.aggregate_value,g.is_numeric_value,g.source_type,g.source_id,g.run_id,g.span_id,g.rationale,g.overrides,g.assessment_metadata, true, t.request_id, t.experiment_id, t.timestamp_ms
  FROM trace t, json_to_recordset('[]'::json) AS g(assessment_id text, name text, assessment_type text, value text, error text, created_timestamp int8, last_updated_timestamp int8, aggregate_value float8, is_numeric_value bool, source_type text, source_id text, run_id text, span_id text, rationale text, overrides text, assessment_metadata text)
  ON CONFLICT (assessment_id) DO UPDATE SET name = excluded.name, assessment_type = excluded.assessment_type, value = excluded.value, error = excluded.error, created_timestamp = excluded.created_timestamp, last_updated_timestamp = excluded.last_updated_timestamp, aggregate_value = excluded.aggregate_value, is_numeric_value = excluded.is_numeric_value, source_type = excluded.source_type, source_id = excluded.source_id, run_id = excluded.run_id, span_id = excluded.span_id, rationale = excluded.rationale, overrides = excluded.overrides, assessment_metadata = excluded.assessment_metadata, valid = excluded.valid, trace_timestamp_ms = excluded.trace_timestamp_ms
  RETURNING *
), moved AS (
  UPDATE assessments a SET trace_timestamp_ms = trace.timestamp_ms FROM trace
  WHERE a.trace_id = trace.request_id AND a.assessment_id <> ALL('{}'::text[])
    AND a.trace_timestamp_ms IS DISTINCT FROM trace.timestamp_ms
)
SELECT stage, (SELECT '{' || concat_ws(',', '"trace_info":' || '{' || concat_ws(',', '"request_id":' || to_json(t.request_id),'"experiment_id":' || to_json(t.experiment_id::text),'"timestamp_ms":' || t.timestamp_ms,'"execution_time_ms":' || coalesce(t.execution_time_ms, 0),'"status":' || to_json(regexp_replace(t.status, '^STATE_', 'TRACE_STATUS_')),'"request_metadata":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM metadata
  UNION ALL SELECT * FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) old WHERE old.key NOT IN (SELECT key FROM metadata)) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[]) UNION ALL SELECT * FROM (VALUES ('mlflow.trace.session'::text, t.session_id::text),('mlflow.trace.tokenUsage'::text, nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}')::text),('mlflow.trace.cost'::text, nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}')::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r),'"tags":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM tag
  UNION ALL SELECT * FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) old WHERE old.key NOT IN (SELECT key FROM tag)) own WHERE key <> 'mlflow.traceName' UNION ALL SELECT * FROM (VALUES ('mlflow.traceName'::text, t.trace_name::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r)) || '}') || '}' FROM trace t) AS trace,
  (SELECT experiment_id::text FROM trace_info WHERE request_id = '<a new id>') AS elsewhere,
  (SELECT min(assessment_id) FROM foreign_assessment) AS foreign
FROM experiment;

-- PATCH traces/:request_id
WITH trace AS (
  UPDATE trace_info SET execution_time_ms = '1700000000005'::bigint - timestamp_ms, status = 'OK'::text,trace_name = 'answer'::text,session_id = 's'::text
  WHERE request_id = 'tr-0123456789abcdef0123456789abcdef'
  RETURNING *
), tag AS (
  INSERT INTO trace_tags (request_id, key, value)
  SELECT trace.request_id, g.key, g.value FROM trace, (
    SELECT key, value FROM json_to_recordset('[{"key":"team","value":"vision"}]'::json) AS given(key text, value text)) g
  ORDER BY g.key
  ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
  RETURNING key, value
), metadata AS (
  INSERT INTO trace_request_metadata (request_id, key, value)
  SELECT trace.request_id, m.key, m.value
  FROM trace, json_to_recordset('[]'::json) AS m(key text, value text)
  ORDER BY m.key
  ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
  RETURNING key, value
)
SELECT '{' || concat_ws(',', '"trace_info":' || '{' || concat_ws(',', '"request_id":' || to_json(t.request_id),'"experiment_id":' || to_json(t.experiment_id::text),'"timestamp_ms":' || t.timestamp_ms,'"execution_time_ms":' || coalesce(t.execution_time_ms, 0),'"status":' || to_json(regexp_replace(t.status, '^STATE_', 'TRACE_STATUS_')),'"request_metadata":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM metadata
  UNION ALL SELECT * FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) old WHERE old.key NOT IN (SELECT key FROM metadata)) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[]) UNION ALL SELECT * FROM (VALUES ('mlflow.trace.session'::text, t.session_id::text),('mlflow.trace.tokenUsage'::text, nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}')::text),('mlflow.trace.cost'::text, nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}')::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r),'"tags":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM tag
  UNION ALL SELECT * FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) old WHERE old.key NOT IN (SELECT key FROM tag)) own WHERE key <> 'mlflow.traceName' UNION ALL SELECT * FROM (VALUES ('mlflow.traceName'::text, t.trace_name::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r)) || '}') || '}' FROM trace t;

-- POST traces/search
WITH page AS MATERIALIZED (
  WITH named1 AS MATERIALIZED (SELECT k.request_id AS id FROM trace_tags k WHERE k.key = 'team' AND left(k.value, 32) = left('vision'::text, 32) AND k.value = 'vision'::text LIMIT 10001), named2 AS MATERIALIZED (SELECT l.source_id AS id FROM entity_associations l WHERE l.source_type = 'trace'
AND l.destination_type = 'run' AND l.destination_id = '0123456789abcdef0123456789abcdef' UNION ALL
SELECT k.request_id FROM trace_request_metadata k WHERE k.key = 'mlflow.sourceRun' AND left(k.value, 32) = left('0123456789abcdef0123456789abcdef'::text, 32) AND k.value = '0123456789abcdef0123456789abcdef'::text LIMIT 10001), chosen AS MATERIALIZED (SELECT 1 AS probe, count(*) AS found FROM named1
  HAVING count(*) <= 10000 UNION ALL SELECT 2 AS probe, count(*) AS found FROM named2
  HAVING count(*) <= 10000 LIMIT 1), named AS MATERIALIZED (SELECT DISTINCT id FROM (SELECT id FROM named1 WHERE (SELECT probe FROM chosen) = 1 UNION ALL SELECT id FROM named2 WHERE (SELECT probe FROM chosen) = 2) n WHERE CASE WHEN (SELECT probe <= 1 AND found > 1000 FROM chosen)
    AND (SELECT count(*) FROM named2) <= 10000
  THEN id IN (SELECT id FROM named2) ELSE TRUE END), way AS MATERIALIZED (SELECT CASE WHEN EXISTS (SELECT FROM chosen) AND (SELECT count(*) FROM named) <= 5000 THEN 'ids' WHEN EXISTS (SELECT FROM chosen) THEN 'among' ELSE 'scope' END AS taken) SELECT t.*, row_number() OVER () AS place FROM (SELECT p.* FROM way, LATERAL (SELECT t.* FROM named n, LATERAL (SELECT * FROM trace_info t WHERE t.request_id = n.id OFFSET 0) t  WHERE way.taken = 'ids' AND t.experiment_id = (SELECT '1'::int) AND t.timestamp_ms > (SELECT '1700000000000'::bigint) AND EXISTS (SELECT FROM trace_tags k WHERE k.key = 'team' AND k.request_id = t.request_id AND k.value = 'vision'::text OFFSET 0) AND (((EXISTS (SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.assessment_type = 'feedback' AND a.name = 'good' AND a.valid AND a.value = ANY( E'{"yes","\\"yes\\""}'::text[]))) IS TRUE) OR ((EXISTS (SELECT FROM trace_info o JOIN assessments a ON a.trace_id = o.request_id
WHERE o.experiment_id = '1'::int AND o.session_id = t.session_id AND a.assessment_type = 'feedback' AND a.name = 'good' AND a.valid AND a.value = ANY( E'{"yes","\\"yes\\""}'::text[])
  AND a.assessment_metadata LIKE '%"mlflow.trace.session":%')) IS TRUE)) AND (EXISTS (SELECT FROM entity_associations l WHERE l.source_type = 'trace' AND l.source_id = t.request_id
AND l.destination_type = 'run' AND l.destination_id = '0123456789abcdef0123456789abcdef' OFFSET 0) OR EXISTS (SELECT FROM trace_request_metadata k WHERE k.key = 'mlflow.sourceRun' AND k.request_id = t.request_id AND k.value = '0123456789abcdef0123456789abcdef'::text OFFSET 0)) AND EXISTS (SELECT FROM (SELECT * FROM spans WHERE trace_id = t.request_id OFFSET 0) s WHERE s.experiment_id = t.experiment_id AND s.start_time_unix_nano >= '1699999990000000000'::bigint AND s.type = 'LLM'::text AND s.content ILIKE '%hi%'::text)
ORDER BY t.timestamp_ms DESC, t.request_id LIMIT 26) p UNION ALL SELECT p.* FROM way, LATERAL (SELECT t.* FROM trace_info t  WHERE way.taken = 'among' AND (t.request_id IN (SELECT id FROM named)) IS TRUE AND t.experiment_id = (SELECT '1'::int) AND t.timestamp_ms > (SELECT '1700000000000'::bigint) AND EXISTS (SELECT FROM trace_tags k WHERE k.key = 'team' AND k.request_id = t.request_id AND k.value = 'vision'::text OFFSET 0) AND (((EXISTS (SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.assessment_type = 'feedback' AND a.name = 'good' AND a.valid AND a.value = ANY( E'{"yes","\\"yes\\""}'::text[]))) IS TRUE) OR ((EXISTS (SELECT FROM trace_info o JOIN assessments a ON a.trace_id = o.request_id
WHERE o.experiment_id = '1'::int AND o.session_id = t.session_id AND a.assessment_type = 'feedback' AND a.name = 'good' AND a.valid AND a.value = ANY( E'{"yes","\\"yes\\""}'::text[])
  AND a.assessment_metadata LIKE '%"mlflow.trace.session":%')) IS TRUE)) AND (EXISTS (SELECT FROM entity_associations l WHERE l.source_type = 'trace' AND l.source_id = t.request_id
AND l.destination_type = 'run' AND l.destination_id = '0123456789abcdef0123456789abcdef' OFFSET 0) OR EXISTS (SELECT FROM trace_request_metadata k WHERE k.key = 'mlflow.sourceRun' AND k.request_id = t.request_id AND k.value = '0123456789abcdef0123456789abcdef'::text OFFSET 0)) AND EXISTS (SELECT FROM (SELECT * FROM spans WHERE trace_id = t.request_id OFFSET 0) s WHERE s.experiment_id = t.experiment_id AND s.start_time_unix_nano >= '1699999990000000000'::bigint AND s.type = 'LLM'::text AND s.content ILIKE '%hi%'::text)
ORDER BY t.timestamp_ms DESC, t.request_id LIMIT 26) p UNION ALL SELECT p.* FROM way, LATERAL (SELECT t.* FROM trace_info t  WHERE way.taken = 'scope' AND t.experiment_id = (SELECT '1'::int) AND t.timestamp_ms > (SELECT '1700000000000'::bigint) AND EXISTS (SELECT FROM trace_tags k WHERE k.key = 'team' AND k.request_id = t.request_id AND k.value = 'vision'::text OFFSET 0) AND (((EXISTS (SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.assessment_type = 'feedback' AND a.name = 'good' AND a.valid AND a.value = ANY( E'{"yes","\\"yes\\""}'::text[]))) IS TRUE) OR ((EXISTS (SELECT FROM trace_info o JOIN assessments a ON a.trace_id = o.request_id
WHERE o.experiment_id = '1'::int AND o.session_id = t.session_id AND a.assessment_type = 'feedback' AND a.name = 'good' AND a.valid AND a.value = ANY( E'{"yes","\\"yes\\""}'::text[])
  AND a.assessment_metadata LIKE '%"mlflow.trace.session":%')) IS TRUE)) AND (EXISTS (SELECT FROM entity_associations l WHERE l.source_type = 'trace' AND l.source_id = t.request_id
AND l.destination_type = 'run' AND l.destination_id = '0123456789abcdef0123456789abcdef' OFFSET 0) OR EXISTS (SELECT FROM trace_request_metadata k WHERE k.key = 'mlflow.sourceRun' AND k.request_id = t.request_id AND k.value = '0123456789abcdef0123456789abcdef'::text OFFSET 0)) AND EXISTS (SELECT FROM (SELECT * FROM spans WHERE trace_id = t.request_id OFFSET 0) s WHERE s.experiment_id = t.experiment_id AND s.start_time_unix_nano >= '1699999990000000000'::bigint AND s.type = 'LLM'::text AND s.content ILIKE '%hi%'::text)
ORDER BY t.timestamp_ms DESC, t.request_id LIMIT 26) p LIMIT 26) t
)
SELECT CASE WHEN place <= 25 THEN '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', t.metadata,'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || t.assessments || ']','"tags":' || nullif('{' || concat_ws(',', t.tags,'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}' ELSE '' END AS trace FROM (SELECT * FROM page FULL JOIN (
SELECT request_id, string_agg(text, ',') FILTER (WHERE part = 'tag') AS tags, string_agg(text, ',') FILTER (WHERE part = 'metadata') AS metadata,
  string_agg(text, ',' ORDER BY time, id) FILTER (WHERE part = 'assessment') AS assessments
FROM (SELECT request_id, 'tag' AS part, NULL::bigint AS time, NULL AS id, to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')) AS text
  FROM trace_tags WHERE request_id = ANY(ARRAY(SELECT request_id FROM page)::text[]) AND key <> 'mlflow.traceName' UNION ALL SELECT request_id, 'metadata', NULL, NULL, to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None'))
  FROM trace_request_metadata WHERE request_id = ANY(ARRAY(SELECT request_id FROM page)::text[]) AND key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[]) UNION ALL SELECT a.trace_id, 'assessment', a.created_timestamp, a.assessment_id, '{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}'
  FROM assessments a WHERE a.trace_id = ANY(ARRAY(SELECT request_id FROM page)::text[])) own GROUP BY request_id) own USING (request_id) OFFSET 0) t ORDER BY place;

-- GET traces
WITH page AS MATERIALIZED (
  SELECT t.*, row_number() OVER () AS place FROM (SELECT t.* FROM trace_info t  WHERE TRUE AND t.experiment_id = (SELECT '1'::int) AND TRUE
ORDER BY t.timestamp_ms DESC, t.request_id LIMIT 101) t
)
SELECT CASE WHEN place <= 100 THEN '{' || concat_ws(',', '"request_id":' || to_json(t.request_id),'"experiment_id":' || to_json(t.experiment_id::text),'"timestamp_ms":' || t.timestamp_ms,'"execution_time_ms":' || coalesce(t.execution_time_ms, 0),'"status":' || to_json(regexp_replace(t.status, '^STATE_', 'TRACE_STATUS_')),'"request_metadata":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[]) UNION ALL SELECT * FROM (VALUES ('mlflow.trace.session'::text, t.session_id::text),('mlflow.trace.tokenUsage'::text, nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}')::text),('mlflow.trace.cost'::text, nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}')::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r),'"tags":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName' UNION ALL SELECT * FROM (VALUES ('mlflow.traceName'::text, t.trace_name::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r)) || '}' ELSE '' END AS trace FROM page t ORDER BY place;

-- GET traces/:trace_id
SELECT '{' || concat_ws(',', '"trace":' || '{' || concat_ws(',', '"trace_info":' || '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None')), ',') FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[])),'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || (SELECT string_agg('{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}', ',' ORDER BY a.created_timestamp, a.assessment_id)
  FROM (SELECT * FROM assessments WHERE trace_id = t.request_id) a) || ']','"tags":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')), ',') FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName'),'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}') || '}') || '}' FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = 'tr-0123456789abcdef0123456789abcdef';

-- POST traces/batchGetInfos
SELECT id, CASE WHEN bytes <= 67108864 THEN info ELSE '' END AS info, bytes FROM (
  SELECT *, sum(octet_length(info)) OVER () AS bytes FROM (
    SELECT t.request_id AS id, '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None')), ',') FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[])),'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || (SELECT string_agg('{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}', ',' ORDER BY a.created_timestamp, a.assessment_id)
  FROM (SELECT * FROM assessments WHERE trace_id = t.request_id) a) || ']','"tags":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')), ',') FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName'),'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}' AS info FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = ANY('{"tr-0123456789abcdef0123456789abcdef"}'::text[]) AND t.experiment_id = ANY('{"1"}'::int[])) t) t;

-- GET traces/get
WITH trace AS (
  SELECT t.* FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = 'tr-0123456789abcdef0123456789abcdef'
), size AS MATERIALIZED (
  SELECT coalesce(sum(octet_length(s.content)), 0) AS bytes FROM trace t JOIN spans s ON s.trace_id = t.request_id
)
SELECT t.request_id AS id, '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None')), ',') FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[])),'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || (SELECT string_agg('{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}', ',' ORDER BY a.created_timestamp, a.assessment_id)
  FROM (SELECT * FROM assessments WHERE trace_id = t.request_id) a) || ']','"tags":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')), ',') FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName'),'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}' AS text, true AS is_trace, (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.spansLocation') AS location,
  (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.artifactLocation') AS artifacts, (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.archiveLocation') AS archive,
  (SELECT value FROM trace_request_metadata WHERE request_id = t.request_id AND key = 'mlflow.trace.sizeStats') AS stats,
  (SELECT bytes FROM size) AS bytes, NULL::boolean AS child, NULL::bigint AS start
FROM trace t
UNION ALL
SELECT s.trace_id, s.content, false, NULL, NULL, NULL, NULL, NULL, s.parent_span_id IS NOT NULL, s.start_time_unix_nano
FROM trace t JOIN spans s ON s.trace_id = t.request_id WHERE s.content <> ''
  AND (SELECT bytes FROM size) <= 134217728
ORDER BY is_trace DESC, child, start;

-- GET traces/batchGet
WITH trace AS (
  SELECT t.* FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = ANY('{"tr-0123456789abcdef0123456789abcdef"}'::text[])
), size AS MATERIALIZED (
  SELECT coalesce(sum(octet_length(s.content)), 0) AS bytes FROM trace t JOIN spans s ON s.trace_id = t.request_id
)
SELECT t.request_id AS id, '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None')), ',') FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[])),'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || (SELECT string_agg('{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}', ',' ORDER BY a.created_timestamp, a.assessment_id)
  FROM (SELECT * FROM assessments WHERE trace_id = t.request_id) a) || ']','"tags":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')), ',') FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName'),'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}' AS text, true AS is_trace, (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.spansLocation') AS location,
  (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.artifactLocation') AS artifacts, (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.archiveLocation') AS archive,
  (SELECT value FROM trace_request_metadata WHERE request_id = t.request_id AND key = 'mlflow.trace.sizeStats') AS stats,
  (SELECT bytes FROM size) AS bytes, NULL::boolean AS child, NULL::bigint AS start
FROM trace t
UNION ALL
SELECT s.trace_id, s.content, false, NULL, NULL, NULL, NULL, NULL, s.parent_span_id IS NOT NULL, s.start_time_unix_nano
FROM trace t JOIN spans s ON s.trace_id = t.request_id WHERE s.content <> ''
  AND (SELECT bytes FROM size) <= 134217728
ORDER BY is_trace DESC, child, start;

-- GET 2.0/get-trace-artifact
WITH trace AS (
  SELECT t.* FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = 'tr-0123456789abcdef0123456789abcdef'
), size AS MATERIALIZED (
  SELECT coalesce(sum(octet_length(s.content)), 0) AS bytes FROM trace t JOIN spans s ON s.trace_id = t.request_id
)
SELECT t.request_id AS id, '{' || concat_ws(',', '"trace_id":' || to_json(t.request_id),'"client_request_id":' || to_json(t.client_request_id),'"trace_location":' || '{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"' || t.experiment_id || '"}}','"request_preview":' || to_json(t.request_preview),'"response_preview":' || to_json(t.response_preview),'"request_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(t.timestamp_ms, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN t.timestamp_ms % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"execution_duration":' || '"' || CASE WHEN t.execution_time_ms < 0 THEN '-' ELSE '' END || abs(t.execution_time_ms / 1000)
|| CASE WHEN t.execution_time_ms % 1000 = 0 THEN '' ELSE '.' || lpad(abs(t.execution_time_ms % 1000)::text, 3, '0') END || 's"','"state":' || to_json(replace(t.status, 'TRACE_STATUS_', 'STATE_')),'"trace_metadata":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None')), ',') FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[])),'"mlflow.trace.session":' || to_json(left(t.session_id, 250)),'"mlflow.trace.tokenUsage":' || to_json(left(nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}'), 250)),'"mlflow.trace.cost":' || to_json(left(nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}'), 250))) || '}', '{}'),'"assessments":' || '[' || (SELECT string_agg('{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}', ',' ORDER BY a.created_timestamp, a.assessment_id)
  FROM (SELECT * FROM assessments WHERE trace_id = t.request_id) a) || ']','"tags":' || nullif('{' || concat_ws(',', (SELECT string_agg(to_json(key) || ':' || to_json(coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None')), ',') FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName'),'"mlflow.traceName":' || to_json(left(t.trace_name, 4096))) || '}', '{}')) || '}' AS text, true AS is_trace, (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.spansLocation') AS location,
  (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.artifactLocation') AS artifacts, (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.trace.archiveLocation') AS archive,
  (SELECT value FROM trace_request_metadata WHERE request_id = t.request_id AND key = 'mlflow.trace.sizeStats') AS stats,
  (SELECT bytes FROM size) AS bytes, NULL::boolean AS child, NULL::bigint AS start
FROM trace t
UNION ALL
SELECT s.trace_id, s.content, false, NULL, NULL, NULL, NULL, NULL, s.parent_span_id IS NOT NULL, s.start_time_unix_nano
FROM trace t JOIN spans s ON s.trace_id = t.request_id WHERE s.content <> ''
  AND (SELECT bytes FROM size) <= 134217728
ORDER BY is_trace DESC, child, start;

-- GET 3.0/get-trace-artifact
SELECT (SELECT value FROM trace_tags WHERE request_id = t.request_id AND key = 'mlflow.artifactLocation') AS uri
FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = 'tr-0123456789abcdef0123456789abcdef';

-- GET traces/:request_id/info
SELECT '{' || concat_ws(',', '"trace_info":' || '{' || concat_ws(',', '"request_id":' || to_json(t.request_id),'"experiment_id":' || to_json(t.experiment_id::text),'"timestamp_ms":' || t.timestamp_ms,'"execution_time_ms":' || coalesce(t.execution_time_ms, 0),'"status":' || to_json(regexp_replace(t.status, '^STATE_', 'TRACE_STATUS_')),'"request_metadata":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 250 THEN value ELSE left(value, 250) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM trace_request_metadata WHERE request_id = t.request_id) own WHERE key <> ALL('{"mlflow.trace.session","mlflow.trace.tokenUsage","mlflow.trace.cost"}'::text[]) UNION ALL SELECT * FROM (VALUES ('mlflow.trace.session'::text, t.session_id::text),('mlflow.trace.tokenUsage'::text, nullif('{' || concat_ws(', ', '"input_tokens": ' || t.input_tokens,'"output_tokens": ' || t.output_tokens,'"total_tokens": ' || t.total_tokens,'"cache_read_input_tokens": ' || t.cache_read_input_tokens,'"cache_creation_input_tokens": ' || t.cache_creation_input_tokens,'"cache_creation_input_tokens_above_1hr": ' || t.cache_creation_input_tokens_above_1hr) || '}', '{}')::text),('mlflow.trace.cost'::text, nullif('{' || concat_ws(', ', '"input_cost": ' || t.input_cost || CASE WHEN t.input_cost = trunc(t.input_cost) AND abs(t.input_cost) < 1e15 THEN '.0' ELSE '' END,'"output_cost": ' || t.output_cost || CASE WHEN t.output_cost = trunc(t.output_cost) AND abs(t.output_cost) < 1e15 THEN '.0' ELSE '' END,'"total_cost": ' || t.total_cost || CASE WHEN t.total_cost = trunc(t.total_cost) AND abs(t.total_cost) < 1e15 THEN '.0' ELSE '' END) || '}', '{}')::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r),'"tags":' || (SELECT json_agg(json_build_object('key', r.key, 'value', r.value) ORDER BY r.key)::text FROM (
SELECT key, coalesce(CASE WHEN octet_length(value) <= 4096 THEN value ELSE left(value, 4096) END, 'None') AS value FROM (
  SELECT key, value FROM (SELECT key, value FROM trace_tags WHERE request_id = t.request_id) own WHERE key <> 'mlflow.traceName' UNION ALL SELECT * FROM (VALUES ('mlflow.traceName'::text, t.trace_name::text)) columns (key, value) WHERE value IS NOT NULL
) stored) r)) || '}') || '}' FROM trace_info t JOIN experiments e USING (experiment_id) WHERE e.workspace = 'default' AND t.request_id = 'tr-0123456789abcdef0123456789abcdef';

-- PATCH traces/:trace_id/tags
WITH trace AS (
      SELECT request_id FROM trace_info WHERE request_id = 'tr-0123456789abcdef0123456789abcdef' FOR KEY SHARE
    ), tag AS (
      INSERT INTO trace_tags (request_id, key, value) SELECT request_id, 'team', 'vision' FROM trace
      ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
    )
    SELECT FROM trace;

-- PATCH traces/:request_id/tags
UPDATE trace_info SET trace_name = 'answer' WHERE request_id = 'tr-0123456789abcdef0123456789abcdef' RETURNING 1;

-- DELETE traces/:trace_id/tags
DELETE FROM trace_tags WHERE request_id = 'tr-0123456789abcdef0123456789abcdef' AND key = 'team' RETURNING 1;

-- DELETE traces/:request_id/tags
WITH trace AS (
  SELECT request_id, trace_name FROM trace_info WHERE request_id = 'tr-0123456789abcdef0123456789abcdef' FOR NO KEY UPDATE
), unnamed AS (
  UPDATE trace_info t SET trace_name = NULL FROM trace
  WHERE t.request_id = trace.request_id AND trace.trace_name IS NOT NULL
)
SELECT trace_name IS NOT NULL AS named FROM trace;

-- POST traces/link-to-run
INSERT INTO entity_associations (association_id, source_type, source_id, destination_type, destination_id, created_time)
  SELECT replace(gen_random_uuid()::text, '-', ''), 'trace', source, 'run', destination,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM (SELECT DISTINCT id, '0123456789abcdef0123456789abcdef' FROM unnest('{"tr-0123456789abcdef0123456789abcdef"}'::text[]) id) pairs (source, destination)
  ON CONFLICT DO NOTHING;

-- POST traces/link-prompts
WITH trace AS (
  SELECT request_id FROM trace_info WHERE request_id = 'tr-0123456789abcdef0123456789abcdef'
), link AS (
  INSERT INTO entity_associations (association_id, source_type, source_id, destination_type, destination_id, created_time)
  SELECT replace(gen_random_uuid()::text, '-', ''), 'trace', source, 'prompt_version', destination,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM (SELECT DISTINCT request_id, version FROM trace, unnest('{"greeting/1"}'::text[]) version) pairs (source, destination)
  ON CONFLICT DO NOTHING
)
SELECT FROM trace;

-- POST 3.0/traces/delete-traces
WITH chosen AS (
  SELECT request_id FROM trace_info WHERE experiment_id = '1'::bigint AND request_id = ANY('{"tr-0123456789abcdef0123456789abcdef"}'::text[])
  ORDER BY timestamp_ms, request_id FOR UPDATE
), deleted AS (
  DELETE FROM trace_info t USING chosen WHERE t.request_id = chosen.request_id RETURNING t.request_id
), unqueued AS (
  DELETE FROM review_queue_items WHERE item_type = 'trace' AND item_id IN (SELECT request_id FROM deleted)
)
SELECT c.request_id AS id, (SELECT value FROM trace_tags WHERE request_id = c.request_id AND key = 'mlflow.artifactLocation') AS artifacts, (SELECT value FROM trace_tags WHERE request_id = c.request_id AND key = 'mlflow.trace.archiveLocation') AS archive
FROM chosen c;

-- POST 2.0/traces/delete-traces
WITH chosen AS (
  SELECT request_id FROM trace_info WHERE experiment_id = '1'::bigint AND timestamp_ms <= '1700000000000'::bigint
  ORDER BY timestamp_ms, request_id LIMIT 100::int FOR UPDATE
), deleted AS (
  DELETE FROM trace_info t USING chosen WHERE t.request_id = chosen.request_id RETURNING t.request_id
), unqueued AS (
  DELETE FROM review_queue_items WHERE item_type = 'trace' AND item_id IN (SELECT request_id FROM deleted)
)
SELECT c.request_id AS id, (SELECT value FROM trace_tags WHERE request_id = c.request_id AND key = 'mlflow.artifactLocation') AS artifacts, (SELECT value FROM trace_tags WHERE request_id = c.request_id AND key = 'mlflow.trace.archiveLocation') AS archive
FROM chosen c;

-- POST traces/:trace_id/assessments
WITH trace AS (
  SELECT * FROM trace_info WHERE request_id = 'tr-0123456789abcdef0123456789abcdef' FOR NO KEY UPDATE
), taken AS (
  SELECT FROM assessments WHERE assessment_id = 'a-<a new id>'
), overridden AS (
  UPDATE assessments a SET valid = false FROM trace
  WHERE a.trace_id = trace.request_id AND a.assessment_id = 'a-0123456789abcdef0123456789abcdef' AND NOT EXISTS (SELECT FROM taken)
  RETURNING a.assessment_id
), assessment AS (
  
  INSERT INTO assessments (assessment_id, name, assessment_type, value, error, created_timestamp, last_updated_timestamp, aggregate_value, is_numeric_value, source_type, source_id, run_id, span_id, rationale, overrides, assessment_metadata, valid, trace_id, experiment_id, trace_timestamp_ms)
  SELECT g.assessment_id,g.name,g.assessment_type,g.value,g.error,coalesce(g.created_timestamp, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),coalesce(g.last_updated_timestamp, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),g.aggregate_value,g.is_numeric_value,g.source_type,g.source_id,g.run_id,g.span_id,g.rationale,g.overrides,g.assessment_metadata, true, t.request_id, t.experiment_id, t.timestamp_ms
  FROM trace t, json_to_recordset( E'[{"assessment_type":"feedback","value":"\\"yes\\"","error":null,"aggregate_value":1,"is_numeric_value":false,"assessment_id":"a-<a new id>","name":"good","created_timestamp":null,"last_updated_timestamp":null,"source_type":"SOURCE_TYPE_UNSPECIFIED","source_id":null,"run_id":null,"span_id":null,"rationale":null,"overrides":"a-0123456789abcdef0123456789abcdef","assessment_metadata":null}]'::json) AS g(assessment_id text, name text, assessment_type text, value text, error text, created_timestamp int8, last_updated_timestamp int8, aggregate_value float8, is_numeric_value bool, source_type text, source_id text, run_id text, span_id text, rationale text, overrides text, assessment_metadata text)
  WHERE 'a-0123456789abcdef0123456789abcdef'::text IS NULL OR EXISTS (SELECT FROM overridden)
  ON CONFLICT (assessment_id) DO NOTHING
  RETURNING *
)
SELECT (SELECT '{' || concat_ws(',', '"assessment":' || '{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}') || '}' FROM assessment a) AS assessment,
  EXISTS (SELECT FROM taken) AS taken
FROM trace;

-- GET traces/:trace_id/assessments/:assessment_id
SELECT (SELECT '{' || concat_ws(',', '"assessment":' || '{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}') || '}' FROM assessments a
  WHERE a.trace_id = t.request_id AND a.assessment_id = 'a-0123456789abcdef0123456789abcdef') AS assessment
FROM trace_info t WHERE t.request_id = 'tr-0123456789abcdef0123456789abcdef';

-- PATCH traces/:trace_id/assessments/:assessment_id
WITH changed AS (
  UPDATE assessments SET last_updated_timestamp = (extract(epoch FROM clock_timestamp()) * 1000)::bigint,name = 'better',rationale = CASE WHEN assessment_type = 'expectation' THEN NULL ELSE 'why' END,assessment_metadata = (coalesce(assessment_metadata, '{}')::jsonb || '{"by": "me"}'::jsonb)::text,value = '1.0', error = NULL, aggregate_value = 1::float8,
    is_numeric_value = true
  WHERE trace_id = 'tr-0123456789abcdef0123456789abcdef' AND assessment_id = 'a-0123456789abcdef0123456789abcdef' AND assessment_type = 'feedback'
  RETURNING *
)
SELECT (SELECT '{' || concat_ws(',', '"assessment":' || '{' || concat_ws(',', '"assessment_id":' || to_json(a.assessment_id),'"assessment_name":' || to_json(a.name),'"trace_id":' || to_json(a.trace_id),'"span_id":' || to_json(a.span_id),'"source":' || '{' || concat_ws(',', '"source_type":' || to_json(a.source_type),'"source_id":' || to_json(a.source_id)) || '}','"create_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.created_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.created_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"last_update_time":' || to_json(to_char(timestamp 'epoch' + least(greatest(a.last_updated_timestamp, -62135596800000), 253402300799000) * interval '1 ms',
CASE WHEN a.last_updated_timestamp % 1000 = 0 THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"' END)),'"feedback":' || CASE WHEN a.assessment_type = 'feedback' THEN '{' || concat_ws(',', '"value":' || a.value,'"error":' || CASE WHEN a.error IS NOT NULL THEN json_strip_nulls(json_build_object(
'error_code', a.error::json->>'error_code', 'error_message', nullif(a.error::json->>'error_message', ''),
'stack_trace', CASE WHEN length(a.error::json->>'stack_trace') > 10000
  THEN '[Stack trace is truncated]' || chr(10) || '...' || chr(10) || right(a.error::json->>'stack_trace', 9969)
  ELSE nullif(a.error::json->>'stack_trace', '') END)) END) || '}' END,'"expectation":' || CASE WHEN a.assessment_type = 'expectation' THEN CASE WHEN a.value ~ '^[[{]'
  THEN '{"serialized_value":{"serialization_format":"JSON_FORMAT","value":' || to_json(a.value) || '}}'
  ELSE '{"value":' || a.value || '}' END END,'"issue":' || CASE WHEN a.assessment_type = 'issue' THEN a.value END,'"rationale":' || to_json(a.rationale),'"metadata":' || a.assessment_metadata,'"overrides":' || to_json(nullif(a.overrides, '')),'"valid":' || to_json(a.valid)) || '}') || '}' FROM changed a) AS assessment,
  (SELECT assessment_type FROM assessments WHERE trace_id = t.request_id AND assessment_id = 'a-0123456789abcdef0123456789abcdef') AS kind
FROM trace_info t WHERE t.request_id = 'tr-0123456789abcdef0123456789abcdef';

-- DELETE traces/:trace_id/assessments/:assessment_id
WITH deleted AS (
  DELETE FROM assessments WHERE trace_id = 'tr-0123456789abcdef0123456789abcdef' AND assessment_id = 'a-0123456789abcdef0123456789abcdef' RETURNING trace_id, overrides
)
UPDATE assessments a SET valid = true FROM deleted
WHERE a.assessment_id = deleted.overrides AND a.trace_id = deleted.trace_id;

-- POST traces/metrics
SELECT p.point FROM generate_series('1699920000000'::bigint, '1702592000000'::bigint, '86400000'::bigint) AS i(bucket), LATERAL (
SELECT '{' || concat_ws(',', '"metric_name":' || to_json('latency'::text),'"dimensions":' || '{' || concat_ws(',', '"time_bucket":' || to_json(to_char(timestamp 'epoch' + i.bucket * interval '1 ms', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')),'"trace_name":' || to_json(r.d0)) || '}','"values":' || '{' || concat_ws(',', '"AVG":' || to_json(avg(r.value)::float8),'"P99.0":' || to_json(percentile_cont('0.99'::float8) WITHIN GROUP (ORDER BY r.value::float8))) || '}') || '}' AS point,r.d0
FROM (SELECT t.execution_time_ms AS value, t.trace_name AS d0 FROM trace_info t WHERE t.experiment_id = '1'::int AND (EXISTS (SELECT FROM entity_associations l WHERE l.source_type = 'trace' AND l.source_id = t.request_id
AND l.destination_type = 'run' AND l.destination_id = '0123456789abcdef0123456789abcdef' OFFSET 0) OR EXISTS (SELECT FROM trace_request_metadata k WHERE k.key = 'mlflow.sourceRun' AND k.request_id = t.request_id AND k.value = '0123456789abcdef0123456789abcdef'::text OFFSET 0)) AND t.timestamp_ms >= greatest(i.bucket, '1700000000000'::bigint) AND t.timestamp_ms <= least(i.bucket + '86400000'::bigint - 1, '1702592000000'::bigint)) r
WHERE r.value IS NOT NULL AND r.d0 IS NOT NULL
GROUP BY r.d0
HAVING count(*) > 0 AND num_nonnulls(avg(r.value)::float8,percentile_cont('0.99'::float8) WITHIN GROUP (ORDER BY r.value::float8)) > 0) p ORDER BY i.bucket,p.d0 LIMIT 1000;

-- POST traces/calculate-filter-correlation
SELECT count(*) FILTER (WHERE r.first) AS filter1_count, count(*) FILTER (WHERE r.second) AS filter2_count,
  count(*) FILTER (WHERE r.first AND r.second) AS joint_count, count(*) AS total_count
FROM (SELECT t.timestamp_ms > (SELECT '1700000000000'::bigint) AND t.status = 'ERROR'::text AS first, t.timestamp_ms > (SELECT '1700000000000'::bigint) AND EXISTS (SELECT FROM trace_tags k WHERE k.key = 'team' AND k.request_id = t.request_id AND k.value = 'vision'::text OFFSET 0) AS second FROM trace_info t
  WHERE t.experiment_id = '1'::int AND t.timestamp_ms > (SELECT '1700000000000'::bigint) OFFSET 0) r;
