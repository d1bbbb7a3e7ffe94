-- Details of a job's status.
ALTER TABLE jobs ADD COLUMN status_details json;
