-- Permissions in workspaces.
CREATE TABLE workspace_permissions (
  workspace varchar(63) NOT NULL,
  user_id integer NOT NULL,
  permission varchar(32) NOT NULL,
  CONSTRAINT workspace_permissions_pk PRIMARY KEY (workspace, user_id),
  CONSTRAINT workspace_permissions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX idx_workspace_permissions_user_id ON workspace_permissions (user_id);
CREATE INDEX idx_workspace_permissions_workspace ON workspace_permissions (workspace);
ALTER TABLE registered_model_permissions ADD COLUMN workspace varchar(63) NOT NULL DEFAULT 'default';
ALTER TABLE registered_model_permissions DROP CONSTRAINT IF EXISTS unique_name_user;
ALTER TABLE registered_model_permissions ADD CONSTRAINT unique_workspace_name_user UNIQUE (workspace, name, user_id);
