-- Assessments of traces.
CREATE TABLE assessments (
  assessment_id varchar(50) NOT NULL,
  trace_id varchar(50) NOT NULL,
  name varchar(250) NOT NULL,
  assessment_type varchar(20) NOT NULL,
  value text NOT NULL,
  error text,
  created_timestamp bigint NOT NULL,
  last_updated_timestamp bigint NOT NULL,
  source_type varchar(50) NOT NULL,
  source_id varchar(250),
  run_id varchar(32),
  span_id varchar(50),
  rationale text,
  overrides varchar(50),
  valid boolean NOT NULL,
  assessment_metadata text,
  CONSTRAINT assessments_pk PRIMARY KEY (assessment_id),
  CONSTRAINT fk_assessments_trace_id FOREIGN KEY (trace_id) REFERENCES trace_info(request_id) ON DELETE CASCADE
);
CREATE INDEX index_assessments_assessment_type ON assessments (assessment_type);
CREATE INDEX index_assessments_last_updated_timestamp ON assessments (last_updated_timestamp);
CREATE INDEX index_assessments_run_id_created_timestamp ON assessments (run_id, created_timestamp);
CREATE INDEX index_assessments_trace_id_created_timestamp ON assessments (trace_id, created_timestamp);
