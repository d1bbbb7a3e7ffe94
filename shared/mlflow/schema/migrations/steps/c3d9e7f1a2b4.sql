-- The target of a budget policy.
ALTER TABLE budget_policies ADD COLUMN target_value varchar(255);

CREATE INDEX idx_budget_policies_target_value ON budget_policies (target_value);
