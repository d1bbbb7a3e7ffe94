-- An index for the spans of an experiment by time.
-- Indexes: spans
DROP INDEX index_spans_experiment_id;

CREATE INDEX index_spans_experiment_id_start_time ON spans (experiment_id, start_time_unix_nano);
