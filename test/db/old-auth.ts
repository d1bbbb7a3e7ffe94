/** Tables of users as older versions of MLflow's basic-auth app have them. */

/** The first revision, of MLflow 2.5. */
export const firstAuthTables = `
  CREATE TABLE alembic_version_auth (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_auth_pkc PRIMARY KEY (version_num));
  INSERT INTO alembic_version_auth VALUES ('8606fa83a998');
  CREATE TABLE users (id serial, username varchar(255), password_hash varchar(255), is_admin boolean,
    PRIMARY KEY (id), UNIQUE (username));
  CREATE TABLE experiment_permissions (id serial, experiment_id varchar(255) NOT NULL, user_id integer NOT NULL,
    permission varchar(255), PRIMARY KEY (id), CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT unique_experiment_user UNIQUE (experiment_id, user_id));
  CREATE TABLE registered_model_permissions (id serial, name varchar(255) NOT NULL, user_id integer NOT NULL,
    permission varchar(255), PRIMARY KEY (id), CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT unique_name_user UNIQUE (name, user_id));`;

/** Users, and what the first revision can grant. */
export const grantsAlone = `
  INSERT INTO users (username, password_hash, is_admin) VALUES ('root', 'h', true), ('ann', 'h', false), ('bob', 'h', NULL);
  INSERT INTO experiment_permissions (experiment_id, user_id, permission) VALUES ('7', 3, 'EDIT'), ('8', 2, 'READ'),
    ('9', 2, 'NO_PERMISSIONS'), ('10', 2, NULL), ('11', 3, 'odd');
  INSERT INTO registered_model_permissions (name, user_id, permission) VALUES ('m 1', 2, 'MANAGE'), ('asked', 2, 'READ');`;

/** One of the models is a prompt. */
export const aPrompt = `
  INSERT INTO registered_models (name, workspace) VALUES ('asked', 'default');
  INSERT INTO registered_model_tags (name, workspace, key, value) VALUES ('asked', 'default', 'mlflow.prompt.is_prompt', 'True');`;

/** The same, with a registry that knows the prompt. */
export const firstGrants = grantsAlone + aPrompt;

/** What the revision before roles can grant too. */
export const laterGrants = `
  INSERT INTO scorer_permissions (experiment_id, scorer_name, user_id, permission) VALUES ('7', 'a/b ü~_-.%', 2, 'USE'), ('7', 'x', 3, 'NO_PERMISSIONS');
  INSERT INTO gateway_secret_permissions (secret_id, user_id, permission) VALUES ('s', 3, 'READ');
  INSERT INTO gateway_endpoint_permissions (endpoint_id, user_id, permission) VALUES ('e', 1, 'USE');
  INSERT INTO gateway_model_definition_permissions (model_definition_id, user_id, permission) VALUES ('d', 3, 'MANAGE');
  INSERT INTO workspace_permissions (workspace, user_id, permission) VALUES ('default', 3, 'EDIT'), ('default', 2, 'READ'),
    ('other', 2, 'MANAGE'), ('other', 3, 'NO_PERMISSIONS');`;

/** The rows of all tables of users, in the order of their ids, with the sequences' next ones. */
export const authRows = `
  SELECT 'role' AS of, to_jsonb(r) AS row FROM roles r UNION ALL SELECT 'permission', to_jsonb(p) FROM role_permissions p
  UNION ALL SELECT 'assignment', to_jsonb(a) FROM user_role_assignments a UNION ALL SELECT 'user', to_jsonb(u) FROM users u
  UNION ALL SELECT 'model', to_jsonb(m) FROM registered_model_permissions m
  UNION ALL SELECT 'experiment', to_jsonb(e) FROM experiment_permissions e
  UNION ALL SELECT 'revision', to_jsonb(v) FROM alembic_version_auth v ORDER BY 1, 2`;
