-- An experiment's traces go with it.
-- Checks: trace_info
ALTER TABLE trace_info DROP CONSTRAINT fk_trace_info_experiment_id;

ALTER TABLE trace_info ADD CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY (experiment_id)
  REFERENCES experiments(experiment_id) ON DELETE CASCADE;
