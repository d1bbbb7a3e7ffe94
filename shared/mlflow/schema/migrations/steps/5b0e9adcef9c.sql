-- A trace's tags and metadata go with it.
-- Checks: trace_tags
-- Checks: trace_request_metadata
ALTER TABLE trace_request_metadata DROP CONSTRAINT fk_trace_request_metadata_request_id;
ALTER TABLE trace_tags DROP CONSTRAINT fk_trace_tags_request_id;

ALTER TABLE trace_request_metadata ADD CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY
  (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE;
ALTER TABLE trace_tags ADD CONSTRAINT fk_trace_tags_request_id FOREIGN KEY (request_id)
  REFERENCES trace_info(request_id) ON DELETE CASCADE;
