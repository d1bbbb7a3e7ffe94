-- An index for the history of one metric.
-- Indexes: metrics
CREATE INDEX index_metrics_run_uuid_key_step ON metrics (run_uuid, key, step);
