-- A trace's client request id and previews.
ALTER TABLE trace_info
  ADD COLUMN client_request_id varchar(50),
  ADD COLUMN request_preview varchar(1000),
  ADD COLUMN response_preview varchar(1000);
