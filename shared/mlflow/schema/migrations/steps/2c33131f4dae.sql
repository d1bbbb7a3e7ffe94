-- Online scoring.
CREATE TABLE online_scoring_configs (
  online_scoring_config_id varchar(36) NOT NULL,
  scorer_id varchar(36) NOT NULL,
  sample_rate double precision NOT NULL,
  experiment_id integer NOT NULL,
  filter_string text,
  CONSTRAINT online_scoring_config_pk PRIMARY KEY (online_scoring_config_id),
  CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments(experiment_id),
  CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY (scorer_id) REFERENCES scorers(scorer_id) ON DELETE CASCADE
);
