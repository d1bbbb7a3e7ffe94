-- Metrics and dimensions of spans.
ALTER TABLE spans ADD COLUMN dimension_attributes json;

CREATE TABLE span_metrics (
  trace_id varchar(50) NOT NULL,
  span_id varchar(50) NOT NULL,
  key varchar(250) NOT NULL,
  value double precision,
  CONSTRAINT span_metrics_pk PRIMARY KEY (trace_id, span_id, key),
  CONSTRAINT fk_span_metrics_span FOREIGN KEY (trace_id, span_id) REFERENCES spans(trace_id, span_id) ON DELETE CASCADE
);
CREATE INDEX index_span_metrics_trace_id_span_id ON span_metrics (trace_id, span_id);
