-- Traces by a tag and by a run: MLflow's indexes lead to all rows of the tag's key, or to those of all runs. What else the page
-- asks (newest first, in a window of time, by session) has an index of MLflow's.
-- Values are indexed by their beginnings: they may be longer than an index takes, and artifact locations have one in common.
CREATE INDEX IF NOT EXISTS mlfn_trace_tags_value ON trace_tags (key, left(value, 32));
CREATE INDEX IF NOT EXISTS mlfn_trace_request_metadata_run ON trace_request_metadata (left(value, 32))
  WHERE key = 'mlflow.sourceRun';
