-- What is ours and not MLflow's. A stock server never looks here. Where it lies: shared/db/own-tables.ts.
CREATE TABLE {migrations} (
  name text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now(),
  mlflow_schema text NOT NULL DEFAULT {mlflow}
);
