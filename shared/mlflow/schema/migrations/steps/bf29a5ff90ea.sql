-- Jobs.
CREATE TABLE jobs (
  id varchar(36) NOT NULL,
  creation_time bigint NOT NULL,
  function_fullname varchar(500) NOT NULL,
  params text NOT NULL,
  timeout double precision,
  status integer NOT NULL,
  result text,
  retry_count integer NOT NULL,
  last_update_time bigint NOT NULL,
  CONSTRAINT jobs_pk PRIMARY KEY (id)
);
CREATE INDEX index_jobs_function_status_creation_time ON jobs (function_fullname, status, creation_time);
