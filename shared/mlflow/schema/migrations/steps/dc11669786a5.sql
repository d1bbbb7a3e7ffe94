-- Leases and locks of jobs. What was waiting or running is cancelled.
-- Changes: jobs WHERE status IN (0, 1)
ALTER TABLE jobs
  ADD COLUMN executor_backend varchar(255),
  ADD COLUMN lease_expires_at bigint,
  ADD COLUMN status_message text,
  ADD COLUMN progress json,
  ADD COLUMN progress_updated_at bigint,
  ADD COLUMN token_hash varchar(64),
  ADD COLUMN scoped_permissions json,
  ADD COLUMN next_attempt_at bigint;

CREATE TABLE job_locks (
  lock_key varchar(255) NOT NULL,
  job_id varchar(36) NOT NULL,
  acquired_at bigint NOT NULL,
  CONSTRAINT job_locks_pk PRIMARY KEY (lock_key),
  CONSTRAINT fk_job_locks_job_id FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE
);
CREATE INDEX index_job_locks_job_id ON job_locks (job_id);

CREATE TABLE scheduler_leases (
  lease_key varchar(255) NOT NULL,
  acquired_at bigint NOT NULL,
  ttl_seconds integer NOT NULL,
  CONSTRAINT scheduler_leases_pk PRIMARY KEY (lease_key)
);

CREATE INDEX index_jobs_status_lease_expires_at ON jobs (status, lease_expires_at);

-- 0 is pending, 1 running, 5 cancelled.
UPDATE jobs SET status = 5, last_update_time = floor(extract(epoch FROM clock_timestamp()) * 1000)
  WHERE status IN (0, 1);
