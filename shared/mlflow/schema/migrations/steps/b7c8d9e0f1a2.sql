-- Metrics of traces.
CREATE TABLE trace_metrics (
  request_id varchar(50) NOT NULL,
  key varchar(250) NOT NULL,
  value double precision,
  CONSTRAINT trace_metrics_pk PRIMARY KEY (request_id, key),
  CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY (request_id) REFERENCES trace_info(request_id) ON DELETE CASCADE
);
CREATE INDEX index_trace_metrics_request_id ON trace_metrics (request_id);
