-- Jobs have a name in place of a function.
-- Indexes: jobs
ALTER TABLE jobs RENAME COLUMN function_fullname TO job_name;
DROP INDEX index_jobs_function_status_creation_time;

CREATE INDEX index_jobs_name_status_creation_time ON jobs (job_name, status, creation_time);
