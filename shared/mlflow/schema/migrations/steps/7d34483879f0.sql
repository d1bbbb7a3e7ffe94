-- Indexes for the tags of one model and of one version.
-- Indexes: registered_model_tags
-- Indexes: model_version_tags
CREATE INDEX idx_model_version_tags_workspace_name_version ON model_version_tags (workspace, name, version);
CREATE INDEX idx_registered_model_tags_workspace_name ON registered_model_tags (workspace, name);
