-- What is ours and not MLflow's. A stock server never looks here.
CREATE SCHEMA mlflow_functions;

CREATE TABLE mlflow_functions.migrations (
  name text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
