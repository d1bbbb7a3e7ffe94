-- Routing and fallbacks of gateway endpoints.
DROP INDEX unique_endpoint_model_mapping;
ALTER TABLE endpoint_model_mappings
  ADD COLUMN linkage_type varchar(64) NOT NULL DEFAULT 'PRIMARY',
  ADD COLUMN fallback_order integer;
ALTER TABLE endpoints ADD COLUMN routing_strategy varchar(64), ADD COLUMN fallback_config_json text;

CREATE UNIQUE INDEX unique_endpoint_model_linkage_mapping ON endpoint_model_mappings
  (endpoint_id, model_definition_id, linkage_type);
