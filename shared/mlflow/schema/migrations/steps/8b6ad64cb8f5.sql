-- When an issue was last seen, and its categories as rows.
-- Changes: issues
ALTER TABLE issues
  ADD COLUMN last_seen_timestamp bigint,
  ADD COLUMN last_updated_by varchar(255),
  ADD COLUMN metadata text;

CREATE TABLE issue_categories (
  issue_id varchar(36) NOT NULL,
  category_hash varchar(64) NOT NULL,
  category text NOT NULL,
  CONSTRAINT issue_categories_pk PRIMARY KEY (issue_id, category_hash),
  CONSTRAINT fk_issue_categories_issue_id FOREIGN KEY (issue_id) REFERENCES issues(issue_id) ON DELETE CASCADE
);
CREATE INDEX index_issue_categories_hash ON issue_categories (category_hash);

CREATE INDEX index_issues_experiment_last_seen ON issues (experiment_id, last_seen_timestamp);
CREATE INDEX index_issues_experiment_updated ON issues (experiment_id, last_updated_timestamp);

UPDATE issues SET last_seen_timestamp = created_timestamp;
