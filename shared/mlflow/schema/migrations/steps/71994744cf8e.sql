-- Evaluation datasets, their tags and records.
CREATE TABLE evaluation_datasets (
  dataset_id varchar(36) NOT NULL,
  name varchar(255) NOT NULL,
  schema text,
  profile text,
  digest varchar(64),
  created_time bigint,
  last_update_time bigint,
  created_by varchar(255),
  last_updated_by varchar(255),
  CONSTRAINT evaluation_datasets_pk PRIMARY KEY (dataset_id)
);
CREATE INDEX index_evaluation_datasets_created_time ON evaluation_datasets (created_time);
CREATE INDEX index_evaluation_datasets_name ON evaluation_datasets (name);

CREATE TABLE evaluation_dataset_records (
  dataset_record_id varchar(36) NOT NULL,
  dataset_id varchar(36) NOT NULL,
  inputs json NOT NULL,
  expectations json,
  tags json,
  source json,
  source_id varchar(36),
  source_type varchar(255),
  created_time bigint,
  last_update_time bigint,
  created_by varchar(255),
  last_updated_by varchar(255),
  input_hash varchar(64) NOT NULL,
  CONSTRAINT evaluation_dataset_records_pk PRIMARY KEY (dataset_record_id),
  CONSTRAINT unique_dataset_input UNIQUE (dataset_id, input_hash),
  CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY (dataset_id)
    REFERENCES evaluation_datasets(dataset_id) ON DELETE CASCADE
);
CREATE INDEX index_evaluation_dataset_records_dataset_id ON evaluation_dataset_records (dataset_id);

CREATE TABLE evaluation_dataset_tags (
  dataset_id varchar(36) NOT NULL,
  key varchar(255) NOT NULL,
  value varchar(5000),
  CONSTRAINT evaluation_dataset_tags_pk PRIMARY KEY (dataset_id, key),
  CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY (dataset_id)
    REFERENCES evaluation_datasets(dataset_id) ON DELETE CASCADE
);
CREATE INDEX index_evaluation_dataset_tags_dataset_id ON evaluation_dataset_tags (dataset_id);
