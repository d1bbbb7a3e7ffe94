-- The AI gateway: secrets, model definitions, endpoints, their mappings, bindings and tags.
CREATE TABLE endpoints (
  endpoint_id varchar(36) NOT NULL,
  name varchar(255),
  created_by varchar(255),
  created_at bigint NOT NULL,
  last_updated_by varchar(255),
  last_updated_at bigint NOT NULL,
  CONSTRAINT endpoints_pk PRIMARY KEY (endpoint_id)
);
CREATE UNIQUE INDEX unique_endpoint_name ON endpoints (name);

CREATE TABLE secrets (
  secret_id varchar(36) NOT NULL,
  secret_name varchar(255) NOT NULL,
  encrypted_value bytea NOT NULL,
  wrapped_dek bytea NOT NULL,
  kek_version integer NOT NULL,
  masked_value varchar(500) NOT NULL,
  provider varchar(64),
  auth_config text,
  description text,
  created_by varchar(255),
  created_at bigint NOT NULL,
  last_updated_by varchar(255),
  last_updated_at bigint NOT NULL,
  CONSTRAINT secrets_pk PRIMARY KEY (secret_id)
);
CREATE UNIQUE INDEX unique_secret_name ON secrets (secret_name);

CREATE TABLE endpoint_bindings (
  endpoint_id varchar(36) NOT NULL,
  resource_type varchar(50) NOT NULL,
  resource_id varchar(255) NOT NULL,
  created_at bigint NOT NULL,
  created_by varchar(255),
  last_updated_at bigint NOT NULL,
  last_updated_by varchar(255),
  CONSTRAINT endpoint_bindings_pk PRIMARY KEY (endpoint_id, resource_type, resource_id),
  CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY (endpoint_id)
    REFERENCES endpoints(endpoint_id) ON DELETE CASCADE
);

CREATE TABLE endpoint_tags (
  key varchar(250) NOT NULL,
  value varchar(5000),
  endpoint_id varchar(36) NOT NULL,
  CONSTRAINT endpoint_tag_pk PRIMARY KEY (key, endpoint_id),
  CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints(endpoint_id) ON DELETE CASCADE
);
CREATE INDEX index_endpoint_tags_endpoint_id ON endpoint_tags (endpoint_id);

CREATE TABLE model_definitions (
  model_definition_id varchar(36) NOT NULL,
  name varchar(255) NOT NULL,
  secret_id varchar(36),
  provider varchar(64) NOT NULL,
  model_name varchar(256) NOT NULL,
  created_by varchar(255),
  created_at bigint NOT NULL,
  last_updated_by varchar(255),
  last_updated_at bigint NOT NULL,
  CONSTRAINT model_definitions_pk PRIMARY KEY (model_definition_id),
  CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY (secret_id) REFERENCES secrets(secret_id) ON DELETE SET NULL
);
CREATE INDEX index_model_definitions_provider ON model_definitions (provider);
CREATE INDEX index_model_definitions_secret_id ON model_definitions (secret_id);
CREATE UNIQUE INDEX unique_model_definition_name ON model_definitions (name);

CREATE TABLE endpoint_model_mappings (
  mapping_id varchar(36) NOT NULL,
  endpoint_id varchar(36) NOT NULL,
  model_definition_id varchar(36) NOT NULL,
  weight double precision NOT NULL,
  created_by varchar(255),
  created_at bigint NOT NULL,
  CONSTRAINT endpoint_model_mappings_pk PRIMARY KEY (mapping_id),
  CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY (endpoint_id)
    REFERENCES endpoints(endpoint_id) ON DELETE CASCADE,
  CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY (model_definition_id)
    REFERENCES model_definitions(model_definition_id)
);
CREATE INDEX index_endpoint_model_mappings_endpoint_id ON endpoint_model_mappings (endpoint_id);
CREATE INDEX index_endpoint_model_mappings_model_definition_id ON endpoint_model_mappings (model_definition_id);
CREATE UNIQUE INDEX unique_endpoint_model_mapping ON endpoint_model_mappings (endpoint_id, model_definition_id);

-- Name and id are part of what a secret's ciphertext is bound to, so they never change.
CREATE FUNCTION prevent_secrets_aad_mutation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.secret_id, NEW.secret_name) <> (OLD.secret_id, OLD.secret_name) THEN
    RAISE EXCEPTION 'The id and the name of a secret can''t change: what it holds is encrypted with them';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER prevent_secrets_aad_mutation BEFORE UPDATE ON secrets
  FOR EACH ROW EXECUTE FUNCTION prevent_secrets_aad_mutation();
