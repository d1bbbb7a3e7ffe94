-- Webhooks and their events.
CREATE TABLE webhooks (
  webhook_id varchar(256) NOT NULL,
  name varchar(256) NOT NULL,
  description varchar(1000),
  url varchar(500) NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'ACTIVE',
  secret varchar(1000),
  creation_timestamp bigint,
  last_updated_timestamp bigint,
  deleted_timestamp bigint,
  CONSTRAINT webhook_pk PRIMARY KEY (webhook_id)
);
CREATE INDEX idx_webhooks_name ON webhooks (name);
CREATE INDEX idx_webhooks_status ON webhooks (status);

CREATE TABLE webhook_events (
  webhook_id varchar(256) NOT NULL,
  entity varchar(50) NOT NULL,
  action varchar(50) NOT NULL,
  CONSTRAINT webhook_event_pk PRIMARY KEY (webhook_id, entity, action),
  CONSTRAINT webhook_events_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks(webhook_id) ON DELETE CASCADE
);
CREATE INDEX idx_webhook_events_action ON webhook_events (action);
CREATE INDEX idx_webhook_events_entity ON webhook_events (entity);
CREATE INDEX idx_webhook_events_entity_action ON webhook_events (entity, action);
