-- Review queues with their users, items and label schemas.
CREATE TABLE review_queues (
  queue_id varchar(36) NOT NULL,
  experiment_id integer NOT NULL,
  name varchar(250) NOT NULL,
  queue_type varchar(16) NOT NULL,
  created_by varchar(255),
  creation_time_ms bigint NOT NULL,
  last_update_time_ms bigint NOT NULL,
  name_key varchar(250) NOT NULL,
  CONSTRAINT review_queues_pk PRIMARY KEY (queue_id),
  CONSTRAINT uq_review_queues_experiment_name_key UNIQUE (experiment_id, name_key),
  CONSTRAINT fk_review_queues_experiment_id FOREIGN KEY (experiment_id)
    REFERENCES experiments(experiment_id) ON DELETE CASCADE
);
CREATE INDEX index_review_queues_experiment_id ON review_queues (experiment_id);

CREATE TABLE review_queue_items (
  queue_id varchar(36) NOT NULL,
  item_type varchar(16) NOT NULL,
  item_id varchar(50) NOT NULL,
  status varchar(16) NOT NULL,
  completed_by varchar(250),
  completed_time_ms bigint,
  creation_time_ms bigint NOT NULL,
  last_update_time_ms bigint NOT NULL,
  CONSTRAINT review_queue_items_pk PRIMARY KEY (queue_id, item_id),
  CONSTRAINT fk_review_queue_items_queue_id FOREIGN KEY (queue_id) REFERENCES review_queues(queue_id) ON DELETE CASCADE
);
CREATE INDEX index_review_queue_items_item_id ON review_queue_items (item_id);
CREATE INDEX index_review_queue_items_queue_id_status ON review_queue_items (queue_id, status);

CREATE TABLE review_queue_label_schemas (
  queue_id varchar(36) NOT NULL,
  schema_id varchar(36) NOT NULL,
  CONSTRAINT review_queue_label_schemas_pk PRIMARY KEY (queue_id, schema_id),
  CONSTRAINT fk_review_queue_label_schemas_queue_id FOREIGN KEY (queue_id)
    REFERENCES review_queues(queue_id) ON DELETE CASCADE
);
CREATE INDEX index_review_queue_label_schemas_schema_id ON review_queue_label_schemas (schema_id);

CREATE TABLE review_queue_users (
  queue_id varchar(36) NOT NULL,
  user_id varchar(250) NOT NULL,
  CONSTRAINT review_queue_users_pk PRIMARY KEY (queue_id, user_id),
  CONSTRAINT fk_review_queue_users_queue_id FOREIGN KEY (queue_id) REFERENCES review_queues(queue_id) ON DELETE CASCADE
);
CREATE INDEX index_review_queue_users_user_id ON review_queue_users (user_id);
