-- Users, and what they may with experiments and registered models.
CREATE TABLE users (
  id serial,
  username varchar(255),
  password_hash varchar(255),
  is_admin boolean,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_username_key UNIQUE (username)
);
CREATE TABLE experiment_permissions (
  id serial,
  experiment_id varchar(255) NOT NULL,
  user_id integer NOT NULL,
  permission varchar(255),
  CONSTRAINT experiment_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT unique_experiment_user UNIQUE (experiment_id, user_id),
  CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE TABLE registered_model_permissions (
  id serial,
  name varchar(255) NOT NULL,
  user_id integer NOT NULL,
  permission varchar(255),
  CONSTRAINT registered_model_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT unique_name_user UNIQUE (name, user_id),
  CONSTRAINT fk_user_id FOREIGN KEY (user_id) REFERENCES users(id)
);
