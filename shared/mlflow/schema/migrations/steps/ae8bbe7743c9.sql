-- Guardrails of gateway endpoints.
CREATE TABLE guardrails (
  guardrail_id varchar(36) NOT NULL,
  name varchar(255) NOT NULL,
  scorer_id varchar(36) NOT NULL,
  scorer_version integer NOT NULL,
  stage varchar(32) NOT NULL,
  action varchar(32) NOT NULL,
  action_endpoint_id varchar(36),
  created_by varchar(255),
  created_at bigint NOT NULL,
  last_updated_by varchar(255),
  last_updated_at bigint NOT NULL,
  workspace varchar(63) NOT NULL DEFAULT 'default',
  CONSTRAINT guardrails_pk PRIMARY KEY (guardrail_id),
  CONSTRAINT fk_guardrails_action_endpoint_id FOREIGN KEY (action_endpoint_id)
    REFERENCES endpoints(endpoint_id) ON DELETE SET NULL,
  CONSTRAINT fk_guardrails_scorer_version FOREIGN KEY (scorer_id, scorer_version)
    REFERENCES scorer_versions(scorer_id, scorer_version)
);
CREATE INDEX idx_guardrails_scorer ON guardrails (scorer_id, scorer_version);
CREATE INDEX idx_guardrails_workspace ON guardrails (workspace);

CREATE TABLE guardrail_configs (
  endpoint_id varchar(36) NOT NULL,
  guardrail_id varchar(36) NOT NULL,
  execution_order integer,
  created_by varchar(255),
  created_at bigint NOT NULL,
  workspace varchar(63) NOT NULL DEFAULT 'default',
  CONSTRAINT guardrail_configs_pk PRIMARY KEY (endpoint_id, guardrail_id),
  CONSTRAINT fk_guardrail_configs_endpoint_id FOREIGN KEY (endpoint_id)
    REFERENCES endpoints(endpoint_id) ON DELETE CASCADE,
  CONSTRAINT fk_guardrail_configs_guardrail_id FOREIGN KEY (guardrail_id)
    REFERENCES guardrails(guardrail_id) ON DELETE CASCADE
);
CREATE INDEX idx_guardrail_configs_endpoint_id ON guardrail_configs (endpoint_id);
CREATE INDEX idx_guardrail_configs_guardrail_id ON guardrail_configs (guardrail_id);
