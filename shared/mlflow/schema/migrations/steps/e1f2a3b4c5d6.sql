-- Budget policies.
CREATE TABLE budget_policies (
  budget_policy_id varchar(36) NOT NULL,
  budget_unit varchar(32) NOT NULL,
  budget_amount double precision NOT NULL,
  duration_unit varchar(32) NOT NULL,
  duration_value integer NOT NULL,
  target_scope varchar(32) NOT NULL,
  budget_action varchar(32) NOT NULL,
  created_by varchar(255),
  created_at bigint NOT NULL,
  last_updated_by varchar(255),
  last_updated_at bigint NOT NULL,
  workspace varchar(63) NOT NULL DEFAULT 'default',
  CONSTRAINT budget_policies_pk PRIMARY KEY (budget_policy_id)
);
CREATE INDEX idx_budget_policies_workspace ON budget_policies (workspace);
