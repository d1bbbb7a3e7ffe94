-- Logged models with their metrics, params and tags.
CREATE TABLE logged_models (
  model_id varchar(36) NOT NULL,
  experiment_id integer NOT NULL,
  name varchar(500) NOT NULL,
  artifact_location varchar(1000) NOT NULL,
  creation_timestamp_ms bigint NOT NULL,
  last_updated_timestamp_ms bigint NOT NULL,
  status integer NOT NULL,
  lifecycle_stage varchar(32),
  model_type varchar(500),
  source_run_id varchar(32),
  status_message varchar(1000),
  CONSTRAINT logged_models_pk PRIMARY KEY (model_id),
  CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')),
  CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY (experiment_id)
    REFERENCES experiments(experiment_id) ON DELETE CASCADE
);

CREATE TABLE logged_model_metrics (
  model_id varchar(36) NOT NULL,
  metric_name varchar(500) NOT NULL,
  metric_timestamp_ms bigint NOT NULL,
  metric_step bigint NOT NULL,
  metric_value double precision,
  experiment_id integer NOT NULL,
  run_id varchar(32) NOT NULL,
  dataset_uuid varchar(36),
  dataset_name varchar(500),
  dataset_digest varchar(36),
  CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id),
  CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id),
  CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY (model_id)
    REFERENCES logged_models(model_id) ON DELETE CASCADE,
  CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY (run_id) REFERENCES runs(run_uuid) ON DELETE CASCADE
);
CREATE INDEX index_logged_model_metrics_model_id ON logged_model_metrics (model_id);

CREATE TABLE logged_model_params (
  model_id varchar(36) NOT NULL,
  experiment_id integer NOT NULL,
  param_key varchar(255) NOT NULL,
  param_value text NOT NULL,
  CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key),
  CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id),
  CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY (model_id) REFERENCES logged_models(model_id) ON DELETE CASCADE
);

CREATE TABLE logged_model_tags (
  model_id varchar(36) NOT NULL,
  experiment_id integer NOT NULL,
  tag_key varchar(255) NOT NULL,
  tag_value text NOT NULL,
  CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key),
  CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id),
  CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY (model_id) REFERENCES logged_models(model_id) ON DELETE CASCADE
);
