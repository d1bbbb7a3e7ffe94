-- Issues.
CREATE TABLE issues (
  issue_id varchar(36) NOT NULL,
  experiment_id integer NOT NULL,
  name varchar(250) NOT NULL,
  description text NOT NULL,
  status varchar(50) NOT NULL,
  severity varchar(50),
  root_causes text,
  source_run_id varchar(32),
  categories text,
  created_timestamp bigint NOT NULL,
  last_updated_timestamp bigint NOT NULL,
  created_by varchar(255),
  CONSTRAINT issues_pk PRIMARY KEY (issue_id),
  CONSTRAINT fk_issues_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id) ON DELETE CASCADE,
  CONSTRAINT fk_issues_source_run_id FOREIGN KEY (source_run_id) REFERENCES runs(run_uuid) ON DELETE SET NULL
);
CREATE INDEX index_issues_experiment_id ON issues (experiment_id);
CREATE INDEX index_issues_source_run_id ON issues (source_run_id);
CREATE INDEX index_issues_status ON issues (status);
