DELETE FROM trace_tags WHERE key = 'mlflow.traceName';
DELETE FROM trace_request_metadata
  WHERE key IN ('mlflow.trace.session', 'mlflow.trace.tokenUsage', 'mlflow.trace.cost');
DELETE FROM trace_metrics WHERE key IN ('input_tokens', 'output_tokens', 'total_tokens', 'cache_read_input_tokens',
  'cache_creation_input_tokens', 'cache_creation_input_tokens_above_1hr');
DELETE FROM span_metrics WHERE key IN ('input_cost', 'output_cost', 'total_cost');

ALTER TABLE assessments ALTER COLUMN is_numeric_value SET NOT NULL;
ALTER TABLE spans DROP COLUMN dimension_attributes;
CREATE INDEX idx_assessments_exp_name_valid ON assessments (experiment_id, name, valid);
CREATE INDEX idx_assessments_exp_trace_ts ON assessments (experiment_id, trace_timestamp_ms);
CREATE INDEX idx_assessments_exp_trace_ts_name ON assessments (experiment_id, trace_timestamp_ms, name);
CREATE INDEX idx_spans_cost_exp_time_cover ON spans (experiment_id, start_time_unix_nano)
  INCLUDE (input_cost, output_cost, total_cost, model_name, model_provider)
  WHERE input_cost IS NOT NULL OR output_cost IS NOT NULL OR total_cost IS NOT NULL;
CREATE INDEX idx_spans_cost_trace_time_cover ON spans (trace_id, start_time_unix_nano)
  INCLUDE (input_cost, output_cost, total_cost, model_name, model_provider)
  WHERE input_cost IS NOT NULL OR output_cost IS NOT NULL OR total_cost IS NOT NULL;
CREATE INDEX index_trace_info_experiment_id_session_id ON trace_info (experiment_id, session_id);
