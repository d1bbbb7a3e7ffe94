-- The experiment of a gateway endpoint.
ALTER TABLE endpoints ADD COLUMN experiment_id integer, ADD COLUMN usage_tracking boolean NOT NULL DEFAULT false;

ALTER TABLE endpoints ADD CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY (experiment_id)
  REFERENCES experiments(experiment_id) ON DELETE SET NULL;
