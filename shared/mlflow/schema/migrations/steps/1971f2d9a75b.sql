-- An index for the traces to be archived next.
-- Indexes: trace_info
CREATE INDEX index_trace_info_timestamp_ms_request_id ON trace_info (timestamp_ms, request_id);
