-- Label schemas.
CREATE TABLE label_schemas (
  schema_id varchar(36) NOT NULL,
  experiment_id integer NOT NULL,
  name varchar(250) NOT NULL,
  type varchar(16) NOT NULL,
  instruction text,
  enable_comment boolean NOT NULL DEFAULT false,
  input_type varchar(32) NOT NULL,
  input_config text NOT NULL,
  created_by varchar(255),
  created_time bigint NOT NULL,
  last_update_time bigint NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  CONSTRAINT label_schemas_pk PRIMARY KEY (schema_id),
  CONSTRAINT uq_label_schemas_exp_name UNIQUE (experiment_id, name),
  CONSTRAINT fk_label_schemas_experiment_id FOREIGN KEY (experiment_id)
    REFERENCES experiments(experiment_id) ON DELETE CASCADE
);
CREATE INDEX index_label_schemas_experiment_id ON label_schemas (experiment_id);
