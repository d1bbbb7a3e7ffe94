-- Roles, what they may, and who has them.
CREATE TABLE roles (
  id serial,
  name varchar(255) NOT NULL,
  workspace varchar(63) NOT NULL,
  description varchar(1024),
  CONSTRAINT roles_pkey PRIMARY KEY (id),
  CONSTRAINT unique_workspace_role_name UNIQUE (workspace, name)
);
CREATE INDEX idx_roles_workspace ON roles (workspace);
CREATE TABLE role_permissions (
  id serial,
  role_id integer NOT NULL,
  resource_type varchar(64) NOT NULL,
  resource_pattern varchar(255) NOT NULL,
  permission varchar(255) NOT NULL,
  CONSTRAINT role_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT unique_role_resource_perm UNIQUE (role_id, resource_type, resource_pattern),
  CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id)
);
CREATE INDEX idx_role_permissions_role_id ON role_permissions (role_id);
CREATE TABLE user_role_assignments (
  id serial,
  user_id integer NOT NULL,
  role_id integer NOT NULL,
  CONSTRAINT user_role_assignments_pkey PRIMARY KEY (id),
  CONSTRAINT unique_user_role UNIQUE (user_id, role_id),
  CONSTRAINT user_role_assignments_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id),
  CONSTRAINT user_role_assignments_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX idx_user_role_assignments_role_id ON user_role_assignments (role_id);
CREATE INDEX idx_user_role_assignments_user_id ON user_role_assignments (user_id);
