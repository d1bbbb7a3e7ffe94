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
