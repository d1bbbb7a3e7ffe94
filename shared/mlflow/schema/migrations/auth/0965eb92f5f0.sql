-- Permissions on scorers.
CREATE TABLE scorer_permissions (
  id serial,
  experiment_id varchar(255) NOT NULL,
  scorer_name varchar(256) NOT NULL,
  user_id integer NOT NULL,
  permission varchar(255),
  CONSTRAINT scorer_permissions_pkey PRIMARY KEY (id),
  CONSTRAINT unique_scorer_user UNIQUE (experiment_id, scorer_name, user_id),
  CONSTRAINT fk_scorer_perm_user_id FOREIGN KEY (user_id) REFERENCES users(id)
);
